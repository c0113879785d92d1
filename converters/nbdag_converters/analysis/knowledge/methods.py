"""Methods by name: which change their object, which do not, which hand out a part of it.

A method is known by its name alone, whatever the type: a wrong guess costs an edge, and the
run-time guard sees a missed change.
"""

from __future__ import annotations

import re

#: Change the object that they are called on.
CHANGING = frozenset(
    """
    __setattr__ __setitem__ add addHandler add_artist add_axes add_collection add_edge
    add_edges_from add_gridspec add_image add_line add_node add_nodes_from add_patch add_subplot
    add_table add_weighted_edges_from advance annotate append appendleft apply_gradients arrow
    autoscale autoscale_view axhline axhspan axvline axvspan backward bar barh_ boxplot
    byteswap_ cla clear clf close colorbar commit compile connect contour contourf dequeue
    difference_update discard enqueue errorbar eval execute executemany extend extendleft fill
    fill_between fit fit_generator fit_predict fit_regularized_inplace fit_resample
    fit_transform flush get_nowait grid half_ hist_ hlines imshow insert intersection_update
    invert_xaxis invert_yaxis itemset jumpahead legend load_state_dict load_weights loglog
    margins matshow partial_fit partition pcolormesh pie plot pop popitem push put put_nowait
    quiver read readline readlines register relim remove remove_edge remove_edges_from
    remove_node remove_nodes_from requires_grad_ resize reverse rollback rotate savefig_
    scatter_ seed seek semilogx semilogy send set setFormatter setLevel set_index_inplace
    set_params set_state setattr setdefault setfield setflags shuffle sort spy stem step step_
    streamplot subplots_adjust subscribe subtract suptitle symmetric_difference_update table
    text tick_params tight_layout to_ train truncate twinx twiny update violinplot vlines write
    writelines writerow writerows zero_grad
    """.split()  # noqa: SIM905
)

#: The same by prefix, for the many setters of plotting libraries.
CHANGING_PREFIX = re.compile(
    r"^(set_|add_(?!prefix|suffix|categories)|remove_(?!categories|unused)|update_|append_|insert_"
    r"|del_|delete_|enable_|disable_|register_|draw_|plot_)"
)

#: Draw on an axes, but leave a frame as it is.
PLOTTING = frozenset(["bar", "boxplot", "hist", "pie", "plot", "scatter", "table", "text"])

#: Advance a generator of random numbers.
DRAWING_RANDOM = frozenset(
    """
    beta binomial bytes chisquare choice dirichlet exponential f gamma gauss geometric gumbel
    hypergeometric integers laplace logistic lognormal multinomial multivariate_normal
    negative_binomial normal pareto permutation permuted poisson power rand randint randn random
    random_sample rayleigh sample shuffle spawn standard_cauchy standard_exponential
    standard_gamma standard_normal standard_t triangular uniform vonmises wald weibull zipf
    """.split()  # noqa: SIM905
)

#: Leave their object as it is.
PURE = frozenset(
    """
    T __call__ __getitem__ __len__ __repr__ __str__ abs absolute add add_prefix add_suffix agg
    aggregate align all any append_ apply apply_ applymap argmax argmin argsort as_integer_ratio
    assign astype at between bit_length boxplot capitalize casefold cat cdf center clip columns
    combine combine_first concat conf_int conjugate copy corr count cov cov_params cummax cummin
    cumprod cumsum date day decision_function decode degree describe diff diff_ difference div
    doit dot drop drop_duplicates dropna dt dtypes duplicated edges elements encode end endswith
    entropy equals evalf ewm exists expand expanding expect explode f_test factor fillna filter
    find findall finditer fittedvalues flatten forecast format fullmatch get get_feature_names
    get_feature_names_out get_figure get_forecast get_group get_legend_handles_labels get_lines
    get_params get_prediction get_shape get_window_extent get_xlim get_ylim getnnz glob group
    groupby groups head hist iat idxmax idxmin iloc imag index info integrate intersection
    interval inverse_transform is_dir is_file is_integer isalpha isdigit isdisjoint isf isin
    isna isnull isnumeric isoformat isspace issubset issuperset items iterdir iteritems iterrows
    itertuples join joinpath keys kneighbors kurt kurtosis lambdify ljust loc logpdf logpmf
    lower lstrip mad map mask match max mean median melt merge min min_ mode moment month
    most_common mul neighbors nlargest nodes nonzero notna notnull nsmallest number_of_edges
    number_of_nodes nunique partition_ pct_change pdf pivot pivot_table plot pmf ppf predict
    predict_log_proba predict_proba prod quantile query rank ravel read_bytes read_text real
    reindex rename replace resample reset_index reshape resid resolve rfind rjust rolling round
    rsplit rstrip rvs sample savefig score search sem set_index sf shape shift show simplify
    size skew sort_index sort_values span split splitlines squeeze stack staged_predict start
    startswith stats std str strftime strip strptime sub subgraph subs sum summary swapaxes
    swapcase symmetric_difference t_test tail time timestamp timetuple title to_csv to_datetime
    to_dict to_excel to_frame to_html to_json to_latex to_list to_numpy to_parquet to_period
    to_pickle to_series to_string to_timestamp toarray tocoo tocsc tocsr todense tolist
    total_seconds transform translate transpose tz_convert tz_localize union unique unstack
    upper value_counts values var weekday where with_name with_suffix xs year zfill
    """.split()  # noqa: SIM905
)

#: Return a part or a view of their object, or the object itself.
GIVING_PARTS = frozenset(
    """
    T add_subplot axes diagonal edges estimators_ fit flat gca get get_figure groupby iloc imag
    items iterrows keys loc named_steps nodes parameters plot ravel real resample reshape
    rolling set set_params setdefault squeeze state_dict swapaxes to_numpy transpose twinx twiny
    values view
    """.split()  # noqa: SIM905
)

#: Put their argument inside their object.
KEEPING_ARGUMENT = frozenset(
    [
        "append",
        "add",
        "insert",
        "extend",
        "update",
        "setdefault",
        "appendleft",
        "register",
        "put",
        "put_nowait",
        "push",
    ]
)
