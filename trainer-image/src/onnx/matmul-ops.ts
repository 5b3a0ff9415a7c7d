import type { Value } from './value.ts';

export interface MatmulOptions {
  /** Transposes the last two axes of `a` first. */
  readonly transA?: boolean;
  /** Transposes the last two axes of `b` first. */
  readonly transB?: boolean;
  /** Multiplies the product; free, unlike a separate multiplication. */
  readonly alpha?: number;
}

/** Matrix products. */
export interface MatmulOps {
  /** `alpha · a · b` over the last two axes, leading axes broadcast; transposes cost nothing. */
  matmul(a: Value, b: Value, options?: MatmulOptions): Value;
}
