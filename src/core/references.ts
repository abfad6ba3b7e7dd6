/** Papers and books that docstrings and records cite by key. */
export const references = {
  adam: "Kingma & Ba (2015). Adam: A Method for Stochastic Optimization. ICLR.",
  adamw: "Loshchilov & Hutter (2019). Decoupled Weight Decay Regularization. ICLR.",
  caruana1997: "Caruana (1997). Multitask Learning. Machine Learning 28.",
  nocedal2006: "Nocedal & Wright (2006). Numerical Optimization, 2nd ed. Springer.",
  beck2009:
    "Beck & Teboulle (2009). A Fast Iterative Shrinkage-Thresholding Algorithm. SIAM J. Imaging Sci. 2(1).",
  hastie2009:
    "Hastie, Tibshirani & Friedman (2009). The Elements of Statistical Learning, 2nd ed. Springer.",
  brier1950:
    "Brier (1950). Verification of Forecasts Expressed in Terms of Probability. Monthly Weather Review 78(1).",
  brodersen2010:
    "Brodersen et al. (2010). The Balanced Accuracy and Its Posterior Distribution. ICPR.",
  cohen1960:
    "Cohen (1960). A Coefficient of Agreement for Nominal Scales. Educational and Psychological Measurement 20(1).",
  cohen1968:
    "Cohen (1968). Weighted Kappa: Nominal Scale Agreement with Provision for Scaled Disagreement or Partial Credit. Psychological Bulletin 70(4).",
  epstein1969:
    "Epstein (1969). A Scoring System for Probability Forecasts of Ranked Categories. J. Applied Meteorology 8(6).",
  fawcett2006:
    "Fawcett (2006). An Introduction to ROC Analysis. Pattern Recognition Letters 27(8).",
  gorodkin2004:
    "Gorodkin (2004). Comparing Two K-Category Assignments by a K-Category Correlation Coefficient. Computational Biology and Chemistry 28(5-6).",
  guo2017: "Guo et al. (2017). On Calibration of Modern Neural Networks. ICML.",
  kendall1945: "Kendall (1945). The Treatment of Ties in Ranking Problems. Biometrika 33(3).",
  sutskever2013:
    "Sutskever, Martens, Dahl & Hinton (2013). On the importance of initialization and momentum in deep learning. ICML.",
  loshchilov2017:
    "Loshchilov & Hutter (2017). SGDR: Stochastic Gradient Descent with Warm Restarts. ICLR.",
  smith2019:
    "Smith & Topin (2019). Super-convergence: very fast training of neural networks using large learning rates. SPIE.",
  izmailov2018:
    "Izmailov, Podoprikhin, Garipov, Vetrov & Wilson (2018). Averaging Weights Leads to Wider Optima and Better Generalization. UAI.",
  polyak1992:
    "Polyak & Juditsky (1992). Acceleration of Stochastic Approximation by Averaging. SIAM J. Control Optim. 30(4).",
  pascanu2013:
    "Pascanu, Mikolov & Bengio (2013). On the difficulty of training recurrent neural networks. ICML.",
  hager2005:
    "Hager & Zhang (2005). A New Conjugate Gradient Method with Guaranteed Descent and an Efficient Line Search. SIAM J. Optim. 16(1).",
  odonoghue2015:
    "O'Donoghue & Candès (2015). Adaptive Restart for Accelerated Gradient Schemes. Found. Comput. Math. 15.",
  becker2011:
    "Becker, Candès & Grant (2011). Templates for convex cone problems with applications to sparse signal recovery. Math. Program. Comput. 3.",
  parikh2014:
    "Parikh & Boyd (2014). Proximal Algorithms. Foundations and Trends in Optimization 1(3).",
  ba2016: "Ba, Kiros & Hinton (2016). Layer Normalization. arXiv:1607.06450.",
  bojanowski2017:
    "Bojanowski, Grave, Joulin & Mikolov (2017). Enriching Word Vectors with Subword Information. TACL 5.",
  glorot2010:
    "Glorot & Bengio (2010). Understanding the Difficulty of Training Deep Feedforward Neural Networks. AISTATS.",
  gorishniy2021:
    "Gorishniy, Rubachev, Khrulkov & Babenko (2021). Revisiting Deep Learning Models for Tabular Data. NeurIPS.",
  gorishniy2022:
    "Gorishniy, Rubachev & Babenko (2022). On Embeddings for Numerical Features in Tabular Deep Learning. NeurIPS.",
  he2015:
    "He, Zhang, Ren & Sun (2015). Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet Classification. ICCV.",
  ioffe2015:
    "Ioffe & Szegedy (2015). Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift. ICML.",
  manning2008:
    "Manning, Raghavan & Schütze (2008). Introduction to Information Retrieval. Cambridge University Press.",
  huber1964:
    "Huber (1964). Robust Estimation of a Location Parameter. Annals of Mathematical Statistics 35(1).",
  tutz1991:
    "Tutz (1991). Sequential Models in Categorical Regression. Computational Statistics & Data Analysis 11(3).",
  shi2023:
    "Shi, Cao & Raschka (2023). Deep Neural Networks for Rank-Consistent Ordinal Regression Based on Conditional Probabilities. Pattern Analysis and Applications 26.",
  vitter1985:
    "Vitter (1985). Random Sampling with a Reservoir. ACM Trans. Mathematical Software 11(1).",
  weinberger2009:
    "Weinberger, Dasgupta, Langford, Smola & Attenberg (2009). Feature Hashing for Large Scale Multitask Learning. ICML.",
  welford1962:
    "Welford (1962). Note on a Method for Calculating Corrected Sums of Squares and Products. Technometrics 4(3).",
  sechidis2011:
    "Sechidis, Tsoumakas & Vlahavas (2011). On the Stratification of Multi-Label Data. ECML PKDD, LNAI 6913.",
} as const;

export type ReferenceKey = keyof typeof references;
