"""Hidden state: settings of libraries and generators of random numbers, by dotted name."""

from __future__ import annotations

import re

#: Hidden state whose whole a step can hand on, where setup can't be run again.
MOVABLE_STATE = frozenset(
    """
    environ cwd umask warnings matplotlib numpy pandas sys decimal locale
    """.split()  # noqa: SIM905
)

#: Calls that set state of a library or of the process, and the name of that state.
SETUP_CALLS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), state)
    for pattern, state in (
        (
            r"^matplotlib\.(pyplot\.)?(rc|rcdefaults|rc_file|use|style\.use|rcParams\.\w+"
            r"|switch_backend|ion|ioff|set_cmap|xkcd|interactive|set_loglevel)$",
            "matplotlib",
        ),
        (
            r"^seaborn\.(set|set_theme|set_style|set_context|set_palette|set_color_codes"
            r"|reset_defaults|reset_orig)$",
            "matplotlib",
        ),
        (r"^pandas\.(set_option|reset_option|options\..*|set_eng_float_format)$", "pandas"),
        (r"^pandas\.plotting\.(de)?register_matplotlib_converters$", "matplotlib"),
        (r"^pandas\.api\.extensions\.register_\w+$", "pandas"),
        (r"^numpy\.(set_printoptions|seterr|set_string_function|seterrcall)$", "numpy"),
        (r"^warnings\.(filterwarnings|simplefilter|resetwarnings)$", "warnings"),
        (
            r"^logging\.(basicConfig|disable|captureWarnings|addLevelName|setLoggerClass"
            r"|config\..*|getLogger\(\)\..*)$",
            "logging",
        ),
        (r"^os\.(putenv|unsetenv|environ\.(update|setdefault|pop|clear|popitem))$", "environ"),
        (r"^os\.(chdir|fchdir)$", "cwd"),
        (r"^os\.umask$", "umask"),
        (r"^sys\.(path\.\w+|setrecursionlimit|set_int_max_str_digits|modules\.\w+)$", "sys"),
        (r"^sys\.(setswitchinterval|displayhook|excepthook|meta_path\.\w+)$", "sys"),
        (r"^site\.addsitedir$", "sys"),
        (r"^importlib\.(reload|invalidate_caches)$", "sys"),
        (r"^sklearn\.set_config$", "sklearn"),
        (
            r"^torch\.(set_default_dtype|set_default_tensor_type|set_num_threads"
            r"|set_printoptions|set_grad_enabled|use_deterministic_algorithms)$",
            "torch",
        ),
        (r"^locale\.setlocale$", "locale"),
        (r"^decimal\.(setcontext|getcontext\(\)\..*)$", "decimal"),
        (r"^sympy\.(init_printing|init_session|interactive\..*)$", "sympy"),
        (r"^tqdm\..*pandas$", "pandas"),
        (r"^gc\.(disable|enable|set_threshold|freeze)$", "gc"),
        (r"^(time\.tzset|socket\.setdefaulttimeout|mimetypes\.add_type)$", "process"),
        (r"^IPython\.display\.set_matplotlib_formats$", "matplotlib"),
        (r"^matplotlib_inline\.backend_inline\.set_matplotlib_formats$", "matplotlib"),
        (r"^csv\.(register_dialect|unregister_dialect|field_size_limit)$", "csv"),
        (r"^copyreg\.pickle$", "pickle"),
        (r"^codecs\.(un)?register(_error)?$", "codecs"),
        (r"^(signal\.signal|sys\.settrace|sys\.setprofile)$", "process"),
        (r"^json\.(encoder|decoder)\.\w+", "json"),
        (r"^(collections\.abc|numbers)\.\w+\.register$", "abc"),
        (r"^plotly\.(io\.)?\w*\.?(default|templates)\w*", "plotly"),
    )
)

_STATE_OF_ATTRIBUTES = (
    (re.compile(r"^os\.environ"), "environ"),
    (re.compile(r"^(matplotlib|pylab|seaborn)\b.*rcParams"), "matplotlib"),
    (re.compile(r"^pandas\.options"), "pandas"),
    (re.compile(r"^sys\.(path|argv|stdout|stderr)"), "sys"),
    (re.compile(r"^warnings\."), "warnings"),
)


def state_of(dotted: str) -> str:
    """Return the name of the state to which an attribute or item of a module belongs."""
    found = (state for pattern, state in _STATE_OF_ATTRIBUTES if pattern.match(dotted))
    return next(found, "module")


#: Loggers and contexts are process-wide objects: what is called on them is setup.
PROCESS_WIDE = frozenset(
    {"logging.getLogger", "decimal.getcontext", "logging.getLoggerClass", "locale.localeconv"}
)

#: Calls that seed a library's global generator, and its name.
SEEDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), generator)
    for pattern, generator in (
        (r"^numpy\.random\.(seed|set_state)$", "numpy"),
        (r"^pylab\.seed$", "numpy"),
        (r"^random\.(seed|setstate)$", "random"),
        (r"^torch\.(manual_seed|cuda\.manual_seed\w*|random\.manual_seed|set_rng_state)$", "torch"),
        (r"^(tensorflow\.|keras\.|tf\.).*set_(random_)?seed$", "tensorflow"),
    )
)

#: Attributes of `numpy.random` and `random` that don't draw from the global generator.
NOT_DRAWING = frozenset(
    """
    BitGenerator Generator MT19937 PCG64 PCG64DXSM Philox Random RandomState SFC64 SeedSequence
    SystemRandom default_rng get_state getstate
    """.split()  # noqa: SIM905
)

DRAWS_TORCH = re.compile(
    r"^torch\.(rand|randn|randint|randperm|normal|bernoulli|multinomial|nn\."
    r"|utils\.data\.(DataLoader|random_split))"
)
DRAWS_TENSORFLOW = re.compile(r"^(tensorflow\.random|tensorflow\.keras|keras)\.")
DRAWS_SEABORN = frozenset(
    ["stripplot", "barplot", "pointplot", "lineplot", "regplot", "lmplot", "catplot", "relplot"]
)
LIBRARIES_THAT_DRAW = frozenset(
    ["sklearn", "networkx", "skimage", "mlxtend", "scipy", "statsmodels"]
)

#: Calls that make an object which is a generator of random numbers.
MAKES_GENERATOR = re.compile(
    r"^(numpy\.random\.(default_rng|RandomState|Generator)|random\.Random"
    r"|.*\.check_random_state|torch\.Generator)$"
)

#: Shell commands that leave files alone.
QUIET_COMMANDS = re.compile(
    r"^\s*(echo|pip|conda|which|python3? --?V|python --version|nvidia-smi|pwd|uname|date|free"
    r"|lscpu|true|whoami|hostname|printenv|env|sleep|nproc)\b(?!.*[>|;&])"
)
READING_COMMANDS = re.compile(
    r"^\s*(ls|cat|head|tail|wc|file|du|grep|sort|diff|md5sum|sha256sum|stat|find|tree)\b(?!.*[>|;&])"
)
