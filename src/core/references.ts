/** Papers and books that docstrings and records cite by key. */
export const references = {
  bahdanau2015:
    "Bahdanau, Cho & Bengio (2015). Neural Machine Translation by Jointly Learning to Align and Translate. ICLR.",
  bai2018:
    "Bai, Kolter & Koltun (2018). An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence Modeling. arXiv:1803.01271.",
  cho2014:
    "Cho et al. (2014). Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation. EMNLP.",
  devlin2019:
    "Devlin, Chang, Lee & Toutanova (2019). BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding. NAACL.",
  graves2005:
    "Graves & Schmidhuber (2005). Framewise Phoneme Classification with Bidirectional LSTM and Other Neural Network Architectures. Neural Networks 18(5-6).",
  kim2014: "Kim (2014). Convolutional Neural Networks for Sentence Classification. EMNLP.",
  radford2019:
    "Radford et al. (2019). Language Models are Unsupervised Multitask Learners. OpenAI.",
  saxe2014:
    "Saxe, McClelland & Ganguli (2014). Exact Solutions to the Nonlinear Dynamics of Learning in Deep Linear Neural Networks. ICLR.",
  schuster2012: "Schuster & Nakajima (2012). Japanese and Korean Voice Search. ICASSP.",
  sennrich2016:
    "Sennrich, Haddow & Birch (2016). Neural Machine Translation of Rare Words with Subword Units. ACL.",
  yang2016:
    "Yang et al. (2016). Hierarchical Attention Networks for Document Classification. NAACL.",
  adam: "Kingma & Ba (2015). Adam: A Method for Stochastic Optimization. ICLR.",
  adamw: "Loshchilov & Hutter (2019). Decoupled Weight Decay Regularization. ICLR.",
  chelba2006:
    "Chelba & Acero (2006). Adaptation of Maximum Entropy Capitalizer: Little Data Can Help a Lot. Computer Speech & Language 20(4).",
  caruana1997: "Caruana (1997). Multitask Learning. Machine Learning 28.",
  nocedal2006: "Nocedal & Wright (2006). Numerical Optimization, 2nd ed. Springer.",
  beck2009:
    "Beck & Teboulle (2009). A Fast Iterative Shrinkage-Thresholding Algorithm. SIAM J. Imaging Sci. 2(1).",
  hastie2004:
    "Hastie & Tibshirani (2004). Efficient Quadratic Regularization for Expression Arrays. Biostatistics 5(3).",
  mccullagh1989: "McCullagh & Nelder (1989). Generalized Linear Models, 2nd ed. Chapman & Hall.",
  hastie2009:
    "Hastie, Tibshirani & Friedman (2009). The Elements of Statistical Learning, 2nd ed. Springer.",
  lipton2014:
    "Lipton, Elkan & Naryanaswamy (2014). Optimal Thresholding of Classifiers to Maximize F1 Measure. ECML PKDD.",
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
  black2002: "Black & Rogaway (2002). Ciphers with Arbitrary Finite Domains. CT-RSA.",
  knight1966:
    "Knight (1966). A Computer Method for Calculating Kendall's Tau with Ungrouped Data. JASA 61(314).",
  knuth1998:
    "Knuth (1998). The Art of Computer Programming, vol. 3: Sorting and Searching, 2nd ed. Addison-Wesley.",
  luby1988:
    "Luby & Rackoff (1988). How to Construct Pseudorandom Permutations from Pseudorandom Functions. SIAM J. Computing 17(2).",
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
  pocock1975:
    "Pocock & Simon (1975). Sequential Treatment Assignment with Balancing for Prognostic Factors in the Controlled Clinical Trial. Biometrics 31(1).",
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
  zaheer2017:
    "Zaheer, Kottur, Ravanbakhsh, Póczos, Salakhutdinov & Smola (2017). Deep Sets. NeurIPS.",
  tancik2020:
    "Tancik et al. (2020). Fourier Features Let Networks Learn High Frequency Functions in Low Dimensional Domains. NeurIPS.",
  tutz1991:
    "Tutz (1991). Sequential Models in Categorical Regression. Computational Statistics & Data Analysis 11(3).",
  shi2023:
    "Shi, Cao & Raschka (2023). Deep Neural Networks for Rank-Consistent Ordinal Regression Based on Conditional Probabilities. Pattern Analysis and Applications 26.",
  vitter1985:
    "Vitter (1985). Random Sampling with a Reservoir. ACM Trans. Mathematical Software 11(1).",
  li1994:
    "Li (1994). Reservoir-Sampling Algorithms of Time Complexity O(n(1 + log(N/n))). ACM Trans. Mathematical Software 20(4).",
  weinberger2009:
    "Weinberger, Dasgupta, Langford, Smola & Attenberg (2009). Feature Hashing for Large Scale Multitask Learning. ICML.",
  welford1962:
    "Welford (1962). Note on a Method for Calculating Corrected Sums of Squares and Products. Technometrics 4(3).",
  sechidis2011:
    "Sechidis, Tsoumakas & Vlahavas (2011). On the Stratification of Multi-Label Data. ECML PKDD, LNAI 6913.",
  duong2015:
    "Duong, Cohn, Bird & Cook (2015). Low Resource Dependency Parsing: Cross-lingual Parameter Sharing in a Neural Network Parser. ACL-IJCNLP.",
  guo2020: "Guo, Lee & Ulbricht (2020). Learning to Branch for Multi-Task Learning. ICML.",
  hazimeh2021:
    "Hazimeh et al. (2021). DSelect-k: Differentiable Selection in the Mixture of Experts with Applications to Multi-Task Learning. NeurIPS.",
  higham2008: "Higham (2008). Functions of Matrices: Theory and Computation. SIAM.",
  liu2019: "Liu, Johns & Davison (2019). End-to-End Multi-Task Learning with Attention. CVPR.",
  ma2018:
    "Ma, Zhao, Yi, Chen, Hong & Chi (2018). Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts. KDD.",
  ma2018esmm:
    "Ma, Zhao, Huang, Wang, Hu, Zhu & Gai (2018). Entire Space Multi-Task Model: An Effective Approach for Estimating Post-Click Conversion Rate. SIGIR.",
  misra2016:
    "Misra, Shrivastava, Gupta & Hebert (2016). Cross-stitch Networks for Multi-task Learning. CVPR.",
  read2011:
    "Read, Pfahringer, Holmes & Frank (2011). Classifier Chains for Multi-label Classification. Machine Learning 85(3).",
  ruder2019:
    "Ruder, Bingel, Augenstein & Søgaard (2019). Latent Multi-task Architecture Learning. AAAI.",
  tang2020:
    "Tang, Liu, Zhao & Gong (2020). Progressive Layered Extraction (PLE): A Novel Multi-Task Learning Model for Personalized Recommendations. RecSys.",
  xi2021:
    "Xi et al. (2021). Modeling the Sequential Dependence among Audience Multi-step Conversions with Multi-task Learning in Targeted Display Advertising. KDD.",
  yang2017:
    "Yang & Hospedales (2017). Trace Norm Regularised Deep Multi-Task Learning. ICLR Workshop.",
  ando2005:
    "Ando & Zhang (2005). A Framework for Learning Predictive Structures from Multiple Tasks and Unlabeled Data. JMLR 6.",
  argyriou2008:
    "Argyriou, Evgeniou & Pontil (2008). Convex Multi-task Feature Learning. Machine Learning 73(3).",
  chen2009:
    "Chen, Tang, Liu & Ye (2009). A Convex Formulation for Learning Shared Structures from Multiple Tasks. ICML.",
  chen2011:
    "Chen, Zhou & Ye (2011). Integrating Low-Rank and Group-Sparse Structures for Robust Multi-Task Learning. KDD.",
  chen2012:
    "Chen, Liu & Ye (2012). Learning Incoherent Sparse and Low-Rank Patterns from Multiple Tasks. ACM TKDD 5(4).",
  davies2001:
    "Davies & Kovac (2001). Local Extremes, Runs, Strings and Multiresolution. Annals of Statistics 29(1).",
  evgeniou2004: "Evgeniou & Pontil (2004). Regularized Multi-Task Learning. KDD.",
  evgeniou2005:
    "Evgeniou, Micchelli & Pontil (2005). Learning Multiple Tasks with Kernel Methods. JMLR 6.",
  golub2013: "Golub & Van Loan (2013). Matrix Computations, 4th ed. Johns Hopkins.",
  gong2013: "Gong, Ye & Zhang (2013). Multi-Stage Multi-Task Feature Learning. JMLR 14.",
  jacob2009:
    "Jacob, Bach & Vert (2009). Clustered Multi-Task Learning: A Convex Formulation. NeurIPS.",
  jalali2010:
    "Jalali, Ravikumar, Sanghavi & Ruan (2010). A Dirty Model for Multi-task Learning. NeurIPS.",
  ji2009: "Ji & Ye (2009). An Accelerated Gradient Method for Trace Norm Minimization. ICML.",
  liu2009:
    "Liu, Ji & Ye (2009). Multi-Task Feature Learning via Efficient L2,1-Norm Minimization. UAI.",
  zhang2010:
    "Zhang & Yeung (2010). A Convex Formulation for Learning Task Relationships in Multi-Task Learning. UAI.",
  zhou2011:
    "Zhou, Chen & Ye (2011). Clustered Multi-Task Learning via Alternating Structure Optimization. NeurIPS.",
  zhou2011tgl:
    "Zhou, Yuan, Liu & Ye (2011). A Multi-Task Learning Formulation for Predicting Disease Progression. KDD.",
  zhou2012:
    "Zhou, Liu, Narayan & Ye (2012). Modeling Disease Progression via Fused Sparse Group Lasso. KDD.",
  lawson1974: "Lawson & Hanson (1974). Solving Least Squares Problems. Prentice-Hall.",
  wolfe1976: "Wolfe (1976). Finding the Nearest Point in a Polytope. Mathematical Programming 11.",
  duchi2008:
    "Duchi, Shalev-Shwartz, Singer & Chandra (2008). Efficient Projections onto the l1-Ball for Learning in High Dimensions. ICML.",
  kendall2018:
    "Kendall, Gal & Cipolla (2018). Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and Semantics. CVPR.",
  chen2018:
    "Chen, Badrinarayanan, Lee & Rabinovich (2018). GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep Multitask Networks. ICML.",
  desideri2012:
    "Désidéri (2012). Multiple-Gradient Descent Algorithm (MGDA) for Multiobjective Optimization. Comptes Rendus Mathematique 350(5-6).",
  sener2018: "Sener & Koltun (2018). Multi-Task Learning as Multi-Objective Optimization. NeurIPS.",
  chennupati2019:
    "Chennupati, Sistu, Yogamani & Rawashdeh (2019). MultiNet++: Multi-Stream Feature Aggregation and Geometric Loss Strategy for Multi-Task Learning. CVPR Workshops.",
  lin2022:
    "Lin, Ye, Zhang & Tsang (2022). Reasonable Effectiveness of Random Weighting: A Litmus Test for Multi-Task Learning. TMLR.",
  yu2020:
    "Yu, Kumar, Gupta, Levine, Hausman & Finn (2020). Gradient Surgery for Multi-Task Learning. NeurIPS.",
  wang2021:
    "Wang, Tsvetkov, Firat & Cao (2021). Gradient Vaccine: Investigating and Improving Multi-task Optimization in Massively Multilingual Models. ICLR.",
  chen2020:
    "Chen, Ngiam, Huang, Luong, Kretzschmar, Chai & Anguelov (2020). Just Pick a Sign: Optimizing Deep Multitask Models with Gradient Sign Dropout. NeurIPS.",
  liu2021imtl:
    "Liu, Li, Kuang, Xue, Chen, Yang, Liao & Zhang (2021). Towards Impartial Multi-Task Learning. ICLR.",
  liu2021:
    "Liu, Liu, Jin, Stone & Liu (2021). Conflict-Averse Gradient Descent for Multi-task Learning. NeurIPS.",
  navon2022:
    "Navon, Shamsian, Achituve, Maron, Kawaguchi, Chechik & Fetaya (2022). Multi-Task Learning as a Bargaining Game. ICML.",
  senushkin2023:
    "Senushkin, Patakin, Kuznetsov & Konushin (2023). Independent Component Alignment for Multi-Task Learning. CVPR.",
  ban2024: "Ban & Ji (2024). Fair Resource Allocation in Multi-Task Learning. ICML.",
  fernando2023:
    "Fernando, Shen, Liu, Chaudhury, Murugesan & Chen (2023). Mitigating Gradient Bias in Multi-objective Learning: A Provably Convergent Approach. ICLR.",
  chen2023modo:
    "Chen, Fernando, Ying & Chen (2023). Three-Way Trade-Off in Multi-Objective Learning: Optimization, Generalization and Conflict-Avoidance. NeurIPS.",
  xiao2023:
    "Xiao, Ban & Ji (2023). Direction-oriented Multi-objective Learning: Simple and Provable Stochastic Algorithms. NeurIPS.",
  lopezpaz2017:
    "Lopez-Paz & Ranzato (2017). Gradient Episodic Memory for Continual Learning. NeurIPS.",
  quinton2024:
    "Quinton & Rey (2024). Jacobian Descent for Multi-Objective Optimization. arXiv:2406.16232.",
  liu2025:
    "Liu, Chu & Thuerey (2025). ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks. ICLR.",
  he2022:
    "He, Feng, Cheng, Ji, Guo & Caverlee (2022). MetaBalance: Improving Multi-Task Recommendations via Adapting Gradient Magnitudes of Auxiliary Tasks. WWW.",
  liu2023: "Liu, Feng, Stone & Liu (2023). FAMO: Fast Adaptive Multitask Optimization. NeurIPS.",
  lin2023: "Lin et al. (2023). Dual-Balancing for Multi-Task Learning. arXiv:2308.12029.",
  lin2024:
    "Lin, Zhang, Yang, Liu, Wang & Zhang (2024). Smooth Tchebycheff Scalarization for Multi-Objective Optimization. ICML.",
  he2024:
    "He, Zhou, Zhang, Yun, Xu, Zeng, Chilimbi & Zhao (2024). Robust Multi-Task Learning with Excess Risks. ICML.",
  ye2021: "Ye, Lin, Yue, Guo, Xiao & Zhang (2021). Multi-Objective Meta Learning. NeurIPS.",
  ye2024:
    "Ye, Lin, Cao, Zhang & Tsang (2024). A First-Order Multi-Gradient Algorithm for Multi-Objective Bi-Level Optimization. ECAI.",
  liu2022:
    "Liu, James, Davison & Johns (2022). Auto-Lambda: Disentangling Dynamic Task Relationships. TMLR.",
  while2012:
    "While, Bradstreet & Barone (2012). A Fast Way of Calculating Exact Hypervolumes. IEEE Trans. Evolutionary Computation 16(1).",
  das1998:
    "Das & Dennis (1998). Normal-Boundary Intersection: A New Method for Generating the Pareto Surface. SIAM J. Optim. 8(3).",
  nadeau2003:
    "Nadeau & Bengio (2003). Inference for the Generalization Error. Machine Learning 52(3).",
  wilcoxon1945:
    "Wilcoxon (1945). Individual Comparisons by Ranking Methods. Biometrics Bulletin 1(6).",
  holm1979:
    "Holm (1979). A Simple Sequentially Rejective Multiple Test Procedure. Scandinavian Journal of Statistics 6(2).",
  maninis2019:
    "Maninis, Radosavovic & Kokkinos (2019). Attentive Single-Tasking of Multiple Tasks. CVPR.",
  fifty2021:
    "Fifty et al. (2021). Efficiently Identifying Task Groupings for Multi-Task Learning. NeurIPS.",
  bansal2004: "Bansal, Blum & Chawla (2004). Correlation Clustering. Machine Learning 56(1-3).",
  arevalo2017:
    "Arevalo, Solorio, Montes-y-Gómez & González (2017). Gated Multimodal Units for Information Fusion. ICLR Workshop.",
  baltrusaitis2019:
    "Baltrušaitis, Ahuja & Morency (2019). Multimodal Machine Learning: A Survey and Taxonomy. IEEE TPAMI 41(2).",
  ha2017: "Ha, Dai & Le (2017). HyperNetworks. ICLR.",
  jaegle2021:
    "Jaegle, Gimeno, Brock, Zisserman, Vinyals & Carreira (2021). Perceiver: General Perception with Iterative Attention. ICML.",
  jayakumar2020:
    "Jayakumar et al. (2020). Multiplicative Interactions and Where to Find Them. ICLR.",
  kingma2014: "Kingma & Welling (2014). Auto-Encoding Variational Bayes. ICLR.",
  kittler1998: "Kittler, Hatef, Duin & Matas (1998). On Combining Classifiers. IEEE TPAMI 20(3).",
  liu2018:
    "Liu, Shen, Lakshminarasimhan, Liang, Zadeh & Morency (2018). Efficient Low-rank Multimodal Fusion with Modality-Specific Factors. ACL.",
  nagrani2021:
    "Nagrani, Yang, Arnab, Jansen, Schmid & Sun (2021). Attention Bottlenecks for Multimodal Fusion. NeurIPS.",
  wang2020blend:
    "Wang, Tran & Feiszli (2020). What Makes Training Multi-modal Classification Networks Hard? CVPR.",
  aytar2017:
    "Aytar, Vondrick & Torralba (2017). See, Hear, and Read: Deep Aligned Representations. arXiv:1706.00932.",
  neverova2016:
    "Neverova, Wolf, Taylor & Nebout (2016). ModDrop: Adaptive Multi-Modal Gesture Recognition. IEEE TPAMI 38(8).",
  perez2018:
    "Perez, Strub, de Vries, Dumoulin & Courville (2018). FiLM: Visual Reasoning with a General Conditioning Layer. AAAI.",
  tsai2019:
    "Tsai, Bai, Liang, Kolter, Morency & Salakhutdinov (2019). Multimodal Transformer for Unaligned Multimodal Language Sequences. ACL.",
  vaswani2017: "Vaswani et al. (2017). Attention Is All You Need. NeurIPS.",
  wang2020:
    "Wang, Tran & Feiszli (2020). What Makes Training Multi-Modal Classification Networks Hard? CVPR.",
  marsaglia2000:
    "Marsaglia & Tsang (2000). A Simple Method for Generating Gamma Variables. ACM TOMS 26(3).",
  verma2019:
    "Verma, Lamb, Beckham, Najafi, Mitliagkas, Lopez-Paz & Bengio (2019). Manifold Mixup: Better Representations by Interpolating Hidden States. ICML.",
  zhang2018mixup:
    "Zhang, Cisse, Dauphin & Lopez-Paz (2018). mixup: Beyond Empirical Risk Minimization. ICLR.",
  devries2017:
    "DeVries & Taylor (2017). Improved Regularization of Convolutional Neural Networks with Cutout. arXiv:1708.04552.",
  shorten2019:
    "Shorten & Khoshgoftaar (2019). A Survey on Image Data Augmentation for Deep Learning. Journal of Big Data 6.",
  shapley1953:
    "Shapley (1953). A Value for n-Person Games. Contributions to the Theory of Games 2.",
  he2016: "He, Zhang, Ren & Sun (2016). Deep Residual Learning for Image Recognition. CVPR.",
  breiman1996: "Breiman (1996). Stacked Regressions. Machine Learning 24.",
  breiman1997:
    "Breiman & Friedman (1997). Predicting Multivariate Responses in Multiple Linear Regression. J. Royal Statistical Society B 59(1).",
  wolpert1992: "Wolpert (1992). Stacked Generalization. Neural Networks 5(2).",
  wu2018:
    "Wu & Goodman (2018). Multimodal Generative Models for Scalable Weakly-Supervised Learning. NeurIPS.",
  zadeh2017:
    "Zadeh, Chen, Poria, Cambria & Morency (2017). Tensor Fusion Network for Multimodal Sentiment Analysis. EMNLP.",
  bergstra2011:
    "Bergstra, Bardenet, Bengio & Kégl (2011). Algorithms for Hyper-Parameter Optimization. NeurIPS.",
  bergstra2012:
    "Bergstra & Bengio (2012). Random Search for Hyper-Parameter Optimization. JMLR 13.",
  jamieson2016:
    "Jamieson & Talwalkar (2016). Non-stochastic Best Arm Identification and Hyperparameter Optimization. AISTATS.",
  li2018hyperband:
    "Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar (2018). Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization. JMLR 18.",
  li2020asha:
    "Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht & Talwalkar (2020). A System for Massively Parallel Hyperparameter Tuning. MLSys.",
  falkner2018:
    "Falkner, Klein & Hutter (2018). BOHB: Robust and Efficient Hyperparameter Optimization at Scale. ICML.",
  varma2006:
    "Varma & Simon (2006). Bias in Error Estimation When Using Cross-Validation for Model Selection. BMC Bioinformatics 7.",
  breiman1984:
    "Breiman, Friedman, Olshen & Stone (1984). Classification and Regression Trees. Wadsworth.",
  andrew2013: "Andrew, Arora, Bilmes & Livescu (2013). Deep Canonical Correlation Analysis. ICML.",
  hotelling1936: "Hotelling (1936). Relations Between Two Sets of Variates. Biometrika 28(3/4).",
  khosla2020:
    "Khosla, Teterwak, Wang, Sarna, Tian, Isola, Maschinot, Liu & Krishnan (2020). Supervised Contrastive Learning. NeurIPS.",
  mcsherry2008:
    "McSherry & Najork (2008). Computing Information Retrieval Performance Measures Efficiently in the Presence of Tied Scores. ECIR.",
  ngiam2011: "Ngiam, Khosla, Kim, Nam, Lee & Ng (2011). Multimodal Deep Learning. ICML.",
  oord2018:
    "van den Oord, Li & Vinyals (2018). Representation Learning with Contrastive Predictive Coding. arXiv:1807.03748.",
  radford2021:
    "Radford et al. (2021). Learning Transferable Visual Models from Natural Language Supervision. ICML.",
  rasiwasia2010:
    "Rasiwasia, Costa Pereira, Coviello, Doyle, Lanckriet, Levy & Vasconcelos (2010). A New Approach to Cross-Modal Multimedia Retrieval. ACM Multimedia.",
  voorhees1999: "Voorhees (1999). The TREC-8 Question Answering Track Report. TREC.",
  zhai2023:
    "Zhai, Mustafa, Kolesnikov & Beyer (2023). Sigmoid Loss for Language Image Pre-Training. ICCV.",
  park2019:
    "Park et al. (2019). SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition. Interspeech.",
  davis1980:
    "Davis & Mermelstein (1980). Comparison of Parametric Representations for Monosyllabic Word Recognition in Continuously Spoken Sentences. IEEE Trans. ASSP 28(4).",
  slaney1998: "Slaney (1998). Auditory Toolbox, Version 2. Interval Research Corporation.",
  young2006: "Young et al. (2006). The HTK Book, for HTK Version 3.4. Cambridge University.",
  crochiere1983: "Crochiere & Rabiner (1983). Multirate Digital Signal Processing. Prentice-Hall.",
  kaiser1974:
    "Kaiser (1974). Nonrecursive Digital Filter Design Using the I0-sinh Window Function. IEEE Symposium on Circuits and Systems.",
  cooley1965:
    "Cooley & Tukey (1965). An Algorithm for the Machine Calculation of Complex Fourier Series. Math. Comp. 19(90).",
  g711: "ITU-T (1988). Recommendation G.711: Pulse Code Modulation of Voice Frequencies.",
  cer2018: "Cer et al. (2018). Universal Sentence Encoder. arXiv:1803.11175.",
  kudo2018:
    "Kudo (2018). Subword Regularization: Improving Neural Network Translation Models with Multiple Subword Candidates. ACL.",
  howard2019: "Howard et al. (2019). Searching for MobileNetV3. ICCV.",
} as const;

export type ReferenceKey = keyof typeof references;
