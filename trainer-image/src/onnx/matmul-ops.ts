import type { Builder } from './builder.ts';
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
  readonly matmul: (a: Value, b: Value, options?: MatmulOptions) => Value;
}

export function matmulOps({ emitOne }: Builder): MatmulOps {
  return {
    matmul(a, b, { transA = false, transB = false, alpha = 1 } = {}) {
      if (!transA && !transB && alpha === 1) return emitOne('MatMul', [a, b]);
      return emitOne('FusedMatMul', [a, b], {
        transA: transA ? 1 : 0,
        transB: transB ? 1 : 0,
        alpha: { float: alpha },
      });
    },
  };
}
