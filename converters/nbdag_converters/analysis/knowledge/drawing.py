"""Callables that draw from a library's global generator when no seed is given."""

from __future__ import annotations

#: Have a `random_state`, `seed` or `rng` that is None unless given (found by introspection),
#: but for those that by default don't use it.
DRAWING = frozenset(
    """
    AdaBoostClassifier AdaBoostRegressor AffinityPropagation BaggingClassifier BaggingRegressor
    BaseBagging BaseForest BaseRandomProjection BaseSGD BaseSGDClassifier BaseSGDRegressor
    BaseShuffleSplit BaseSpectral BaseSuccessiveHalving BaseWeightBoosting
    BayesianGaussianMixture BernoulliRBM BisectingKMeans BootstrapMethod CheckingClassifier
    ClassifierChain DecisionTreeClassifier DecisionTreeRegressor DictionaryLearning
    DifferentialEvolutionSolver DiscreteAliasUrn DiscreteGuideTable EllipticEnvelope
    ExtraTreeClassifier ExtraTreeRegressor ExtraTreesClassifier ExtraTreesRegressor
    FastGeneratorInversion FastICA ForestClassifier ForestRegressor GaussianMixture
    GaussianRandomProjection GradientBoostingClassifier GradientBoostingRegressor GroupKFold
    GroupShuffleSplit Halton HalvingGridSearchCV HalvingRandomSearchCV
    HistGradientBoostingClassifier HistGradientBoostingClassifier_ HistGradientBoostingRegressor
    IsolationForest IterativeImputer KBinsDiscretizer KFold KMeans KernelPCA LFR_benchmark_graph
    LatentDirichletAllocation LatinHypercube LinearModelCV LinearSVC LinearSVR
    LocallyLinearEmbedding MDS MLPClassifier MLPRegressor Metropolis MinCovDet
    MiniBatchDictionaryLearning MiniBatchKMeans MiniBatchNMF MiniBatchSparsePCA MonteCarloMethod
    MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV MultinomialQMC
    MultivariateNormalQMC NMF NeighborhoodComponentsAnalysis NumericalInverseHermite
    NumericalInversePolynomial Nystroem OutputCodeClassifier PCA ParameterSampler
    PartialDependenceDisplay PassiveAggressiveClassifier PassiveAggressiveRegressor
    PatchExtractor Perceptron PermutationMethod PoissonDisk PolynomialCountSketch
    PythonRandomInterface PythonRandomViaNumpyBits QMCEngine QuantileTransformer RANSACRegressor
    RBFSampler RandomDisplacement RandomForestClassifier RandomForestRegressor
    RandomTreesEmbedding RandomizedSearchCV RatioUniforms RegressorChain RepeatedKFold
    RepeatedStratifiedKFold SGDClassifier SGDOneClassSVM SGDRegressor ShuffleSplit
    SimpleRatioUniforms SimulationSmoothResults SkewedChi2Sampler Sobol SparsePCA
    SparseRandomProjection SpectralBiclustering SpectralClustering SpectralCoclustering
    SpectralEmbedding StackingCVClassifier StackingCVRegressor StratifiedGroupKFold
    StratifiedKFold StratifiedShuffleSplit TSNE TheilSenRegressor TransformedDensityRejection
    TruncatedSVD TunedThresholdClassifierCV affinity_propagation algebraic_connectivity
    alpha_gen anglit_gen approximate_current_flow_betweenness_centrality arcsine_gen arf_layout
    argus_gen asadpour_atsp asyn_fluidc asyn_lpa_communities average_clustering
    barabasi_albert_graph basinhopping bernoulli_gen beta_gen betabinom_gen betanbinom_gen
    betaprime_gen betweenness_centrality binary_blobs binom_gen binomial_graph boltzmann_gen
    bootstrap bradford_gen burr12_gen burr_gen c_step cauchy_gen check_cv check_grad
    check_random_state check_random_state_qmc chi2_gen chi_gen configuration_model
    connected_double_edge_swap connected_watts_strogatz_graph cosine_gen create_py_random_state
    create_random_state crystalball_gen cut_normalized dense_gnm_random_graph dgamma_gen
    diameter dict_learning dict_learning_online differential_evolution
    directed_configuration_model directed_edge_swap directed_joint_degree_graph dirichlet
    dirichlet_frozen dirichlet_gen dirichlet_multinomial dirichlet_multinomial_frozen
    dirichlet_multinomial_gen discrete_sequence discretize dlaplace_gen double_edge_swap
    dpareto_lognorm_gen draw_haar_like_feature dual_annealing dual_barabasi_albert_graph dunnett
    duplication_divergence_graph dweibull_gen edge_betweenness_centrality eigs eigsh
    erdos_renyi_graph erlang_gen expected_degree_graph expon_gen exponnorm_gen exponpow_gen
    exponweib_gen extended_barabasi_albert_graph extract_patches_2d f_gen fast_gnp_random_graph
    fast_label_propagation_communities fast_mcd fastica fatiguelife_gen
    feature_importance_permutation fetch_covtype fetch_kddcup99 fetch_rcv1 fiedler_vector
    fisk_gen fit_binary foldcauchy_gen foldnorm_gen forceatlas2_layout
    fruchterman_reingold_layout gamma_gen gausshyper_gen gaussian_random_partition_graph
    general_random_intersection_graph generate_random_paths genexpon_gen genextreme_gen
    gengamma_gen genhalflogistic_gen genhyperbolic_gen geninvgauss_gen genlogistic_gen
    gennorm_gen genpareto_gen geographical_threshold_graph geom_gen
    geometric_soft_configuration_graph gibrat_gen gn_graph gnc_graph gnm_random_graph
    gnmk_random_graph gnp_random_graph gnr_graph gompertz_gen goodness_of_fit greedy_branching
    greedy_k_edge_augmentation gumbel_l_gen gumbel_r_gen halfcauchy_gen halfgennorm_gen
    halflogistic_gen halfnorm_gen hypergeom_gen hypsecant_gen interp_decomp invgamma_gen
    invgauss_gen invweibull_gen invwishart invwishart_frozen invwishart_gen irwinhall_gen
    jf_skew_t_gen johnsonsb_gen johnsonsu_gen joint_degree_graph k_means
    k_random_intersection_graph kappa3_gen kappa4_gen karate_ kernighan_lin_bisection kmeans
    kmeans2 kmeans_plusplus ksone_gen kstwo_gen kstwobign_gen landau_gen laplace_asymmetric_gen
    laplace_gen lattice_reference learning_curve learning_curve_ leiden_communities
    leiden_partitions levy_gen levy_l_gen levy_stable_gen locally_linear_embedding loggamma_gen
    logistic_gen loglaplace_gen lognorm_gen logser_gen lomax_gen louvain_communities
    louvain_partitions make_biclusters make_blobs make_checkerboard make_circles
    make_classification make_dataset make_friedman1 make_friedman2 make_friedman3
    make_gaussian_quantiles make_hastie_10_2 make_low_rank_matrix make_moons
    make_multilabel_classification make_regression make_s_curve make_sparse_coded_signal
    make_sparse_spd_matrix make_sparse_uncorrelated make_spd_matrix make_swiss_roll
    matrix_normal matrix_normal_frozen matrix_normal_gen matrix_t matrix_t_frozen matrix_t_gen
    maximal_independent_set maxwell_gen maybe_regular_expander maybe_regular_expander_graph
    medial_axis method method_frozen mielke_gen moyal_gen multi_rv_generic multinomial
    multinomial_frozen multinomial_gen multiscale_graphcorr multivariate_hypergeom
    multivariate_hypergeom_frozen multivariate_hypergeom_gen multivariate_normal
    multivariate_normal_frozen multivariate_normal_gen multivariate_t multivariate_t_frozen
    multivariate_t_gen mutual_info_classif mutual_info_regression nakagami_gen
    navigable_small_world_graph nbinom_gen ncf_gen nchypergeom_fisher_gen
    nchypergeom_wallenius_gen nct_gen ncx2_gen newman_watts_strogatz_graph nhypergeom_gen
    non_negative_factorization norm_gen normal_inverse_gamma normal_inverse_gamma_frozen
    normal_inverse_gamma_gen norminvgauss_gen null_space omega one_exchange ortho_group
    ortho_group_frozen ortho_group_gen panther_similarity panther_vector_similarity pareto_gen
    partial_duplication_graph pearson3_gen permutation_importance permutation_test
    permutation_test_score planck_gen planted_partition_graph poisson_binom_gen poisson_gen
    powerlaw_cluster_graph powerlaw_gen powerlaw_sequence powerlognorm_gen powernorm_gen
    preferential_attachment_graph probabilistic_hough_line quantile_transform rand randint_gen
    random random_array random_clustered_graph random_cograph random_correlation
    random_correlation_frozen random_correlation_gen random_degree_sequence_graph
    random_geometric_graph random_graph random_internet_as_graph random_k_lift
    random_k_out_graph random_kernel_graph random_labeled_rooted_forest
    random_labeled_rooted_tree random_labeled_tree random_layout random_lobster_graph
    random_noise random_partition_graph random_powerlaw_tree random_powerlaw_tree_sequence
    random_reference random_regular_expander_graph random_regular_graph random_shapes
    random_shell_graph random_spanning_tree random_string random_table random_table_frozen
    random_table_gen random_threshold_sequence random_tournament random_uniform_k_out_graph
    random_unlabeled_rooted_forest random_unlabeled_rooted_tree random_unlabeled_tree
    random_walk random_weighted_sample randomized_partitioning randomized_range_finder
    randomized_svd ransac rayleigh_gen rdist_gen recipinvgauss_gen reciprocal_gen
    rel_breitwigner_gen relaxed_caveman_graph resample rice_gen rich_club_coefficient
    rv_continuous rv_discrete rv_generic rv_sample sag_solver sample_A_B
    sample_without_replacement scale_free_graph select_candidates semicircular_gen shuffle
    shuffle_ shuffle_method sigma silhouette_score simulated_annealing_tsp skellam_gen
    skewcauchy_gen skewnorm_gen smacof sobol_indices soft_random_geometric_graph spanner
    special_ortho_group special_ortho_group_frozen special_ortho_group_gen spectral_bisection
    spectral_clustering spectral_embedding spectral_graph_forge spectral_ordering spring_layout
    stochastic_block_model strategy_random_sequential studentized_range_gen svds t_gen
    threshold_accepting_tsp thresholded_random_geometric_graph traceest train_test_split
    trapezoid_gen triang_gen truncexpon_gen truncnorm_gen truncpareto_gen truncweibull_min_gen
    tukeylambda_gen uniform_direction uniform_direction_frozen uniform_direction_gen uniform_gen
    uniform_random_intersection_graph unitary_group unitary_group_frozen unitary_group_gen
    unsupervised_wiener unwrap_phase util_shuffle van_der_corput varsim vonmises_fisher
    vonmises_fisher_frozen vonmises_fisher_gen vonmises_gen wald_gen watts_strogatz_graph
    waxman_graph weibull_max_gen weibull_min_gen weighted_choice wishart wishart_frozen
    wishart_gen wrapcauchy_gen yulesimon_gen zipf_gen zipf_rv zipfian_gen
    """.split()  # noqa: SIM905
)

#: Draw only with `shuffle=True`.
SPLITTERS = frozenset(
    ["GroupKFold", "KFold", "RepeatedKFold", "RepeatedStratifiedKFold", "StratifiedKFold"]
)
