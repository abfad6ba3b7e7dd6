/** Papers and books that docstrings and records cite by key. */
export const references = {
  adam: "Kingma & Ba (2015). Adam: A Method for Stochastic Optimization. ICLR.",
  adamw: "Loshchilov & Hutter (2019). Decoupled Weight Decay Regularization. ICLR.",
  caruana1997: "Caruana (1997). Multitask Learning. Machine Learning 28.",
  nocedal2006: "Nocedal & Wright (2006). Numerical Optimization, 2nd ed. Springer.",
  beck2009: "Beck & Teboulle (2009). A Fast Iterative Shrinkage-Thresholding Algorithm. SIAM J. Imaging Sci. 2(1).",
  hastie2009: "Hastie, Tibshirani & Friedman (2009). The Elements of Statistical Learning, 2nd ed. Springer.",
} as const;

export type ReferenceKey = keyof typeof references;
