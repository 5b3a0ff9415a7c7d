import type { DType } from './value.ts';

/** ONNX's numbers for the dtypes. */
export const dtypeCodes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
} as const satisfies Record<DType, number>;

export const dtypeOfCode = (code: number): DType | undefined =>
  (Object.keys(dtypeCodes) as DType[]).find((dtype) => dtypeCodes[dtype] === code);
