"""Calls that use files: how, and which argument is the path.

Modes: `r` reads, `w` writes or removes, `rw` both, `wd` makes a folder and those above it, `m`
imports the module of that name, `?` is as the mode argument of `open` says.
A position of None means: the path is not an argument (a method of a path object).
"""

from __future__ import annotations

import re

FUNCTIONS: dict[str, tuple[str, int | None]] = {
    "open": ("?", 0),
    "io.open": ("?", 0),
    "codecs.open": ("?", 0),
    "gzip.open": ("?", 0),
    "bz2.open": ("?", 0),
    "lzma.open": ("?", 0),
    "pandas.ExcelWriter": ("w", 0),
    "pandas.HDFStore": ("rw", 0),
    "pandas.ExcelFile": ("r", 0),
    "numpy.load": ("r", 0),
    "numpy.loadtxt": ("r", 0),
    "numpy.genfromtxt": ("r", 0),
    "numpy.fromfile": ("r", 0),
    "numpy.save": ("w", 0),
    "numpy.savetxt": ("w", 0),
    "numpy.savez": ("w", 0),
    "numpy.savez_compressed": ("w", 0),
    "numpy.memmap": ("rw", 0),
    "numpy.lib.format.open_memmap": ("rw", 0),
    "joblib.dump": ("w", 1),
    "joblib.load": ("r", 0),
    "scipy.io.loadmat": ("r", 0),
    "scipy.io.savemat": ("w", 0),
    "scipy.sparse.save_npz": ("w", 0),
    "scipy.sparse.load_npz": ("r", 0),
    "matplotlib.pyplot.savefig": ("w", 0),
    "matplotlib.pyplot.imread": ("r", 0),
    "matplotlib.image.imread": ("r", 0),
    "matplotlib.pyplot.imsave": ("w", 0),
    "PIL.Image.open": ("r", 0),
    "os.listdir": ("r", 0),
    "os.makedirs": ("wd", 0),
    "os.mkdir": ("w", 0),
    "os.remove": ("w", 0),
    "os.unlink": ("w", 0),
    "os.rmdir": ("w", 0),
    "os.removedirs": ("w", 0),
    "os.rename": ("rw", None),
    "os.replace": ("rw", None),
    "os.link": ("rw", None),
    "os.symlink": ("rw", None),
    "os.truncate": ("w", 0),
    "os.open": ("rw", 0),
    "os.utime": ("w", 0),
    "os.chmod": ("w", 0),
    "os.chown": ("w", 0),
    "os.mkfifo": ("w", 0),
    "os.mknod": ("w", 0),
    "os.renames": ("rw", None),
    "os.lstat": ("r", 0),
    "os.readlink": ("r", 0),
    "os.path.lexists": ("r", 0),
    "os.path.islink": ("r", 0),
    "os.path.ismount": ("r", 0),
    "os.path.samefile": ("r", None),
    "os.path.realpath": ("r", 0),
    "os.path.getatime": ("r", 0),
    "os.path.getctime": ("r", 0),
    "os.path.exists": ("r", 0),
    "os.path.isfile": ("r", 0),
    "os.path.isdir": ("r", 0),
    "os.path.getsize": ("r", 0),
    "os.path.getmtime": ("r", 0),
    "os.stat": ("r", 0),
    "os.access": ("r", 0),
    "glob.glob": ("r", 0),
    "glob.iglob": ("r", 0),
    "os.walk": ("r", 0),
    "os.scandir": ("r", 0),
    "shutil.copy": ("rw", None),
    "shutil.copy2": ("rw", None),
    "shutil.copyfile": ("rw", None),
    "shutil.copytree": ("rw", None),
    "shutil.move": ("rw", None),
    "shutil.copymode": ("rw", None),
    "shutil.copystat": ("rw", None),
    "shutil.chown": ("w", 0),
    "shutil.which": ("r", 0),
    "shutil.rmtree": ("w", 0),
    "shutil.make_archive": ("rw", None),
    "shutil.unpack_archive": ("rw", None),
    "zipfile.ZipFile": ("rw", 0),
    "zipfile.is_zipfile": ("r", 0),
    "tarfile.open": ("rw", 0),
    "tarfile.is_tarfile": ("r", 0),
    "filecmp.cmp": ("r", None),
    "filecmp.dircmp": ("r", None),
    "pkgutil.get_data": ("r", None),
    "importlib.resources.files": ("r", None),
    "importlib.import_module": ("m", 0),
    "importlib.util.spec_from_file_location": ("r", 1),
    "sqlite3.connect": ("rw", 0),
    "shelve.open": ("rw", 0),
    "dbm.open": ("rw", 0),
    "h5py.File": ("rw", 0),
    "skimage.io.imread": ("r", 0),
    "skimage.io.imsave": ("w", 0),
    "linecache.getline": ("r", 0),
    "fileinput.input": ("rw", None),
    "runpy.run_path": ("r", 0),
    "subprocess.run": ("rw", None),
    "subprocess.call": ("rw", None),
    "subprocess.check_call": ("rw", None),
    "subprocess.check_output": ("rw", None),
    "subprocess.Popen": ("rw", None),
    "os.system": ("rw", None),
    "os.popen": ("rw", None),
    "tempfile.mkdtemp": ("", 0),
    "logging.FileHandler": ("w", 0),
    "networkx.write_gml": ("w", 1),
    "networkx.read_gml": ("r", 0),
    "networkx.write_edgelist": ("w", 1),
    "networkx.read_edgelist": ("r", 0),
    **{
        f"pandas.read_{form}": ("r", 0)
        for form in [
            "csv",
            "table",
            "excel",
            "json",
            "pickle",
            "parquet",
            "hdf",
            "feather",
            "fwf",
            "html",
            "stata",
            "sas",
            "spss",
            "xml",
            "orc",
        ]
    },
    "pandas.read_sql": ("r", None),
    "pandas.read_sql_query": ("r", None),
    "pandas.read_sql_table": ("r", None),
}

METHODS: dict[str, tuple[str, int | None]] = {
    **{
        f"to_{form}": ("w", 0)
        for form in [
            "csv",
            "json",
            "excel",
            "pickle",
            "parquet",
            "hdf",
            "feather",
            "html",
            "latex",
            "stata",
            "xml",
            "orc",
        ]
    },
    "to_sql": ("w", None),
    "savefig": ("w", 0),
    "tofile": ("w", 0),
    "extractall": ("w", None),
    "write_text": ("w", None),
    "write_bytes": ("w", None),
    "read_text": ("r", None),
    "read_bytes": ("r", None),
    "mkdir": ("w", None),
    "unlink": ("w", None),
    "rmdir": ("w", None),
    "touch": ("w", None),
    "symlink_to": ("w", None),
    "hardlink_to": ("w", None),
    "chmod": ("w", None),
    "lchmod": ("w", None),
    "rename": ("", None),
    "exists": ("r", None),
    "is_file": ("r", None),
    "is_dir": ("r", None),
    "iterdir": ("r", None),
    "glob": ("r", None),
    "rglob": ("r", None),
    "stat": ("r", None),
    "lstat": ("r", None),
    "is_symlink": ("r", None),
    "readlink": ("r", None),
    "resolve": ("r", None),
    "samefile": ("r", None),
    "save_model": ("w", 0),
    "load_model": ("r", 0),
}

#: Functions of which the first two arguments are paths.
TWO_PATHS = frozenset(
    """
    os.rename os.renames os.replace os.link os.symlink os.path.samefile filecmp.cmp filecmp.dircmp
    shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.copymode shutil.copystat
    shutil.move shutil.unpack_archive
    """.split()  # noqa: SIM905
)

#: Methods of a path whose argument is another path.
OTHER_PATH = frozenset(["rename", "replace", "hardlink_to", "symlink_to", "samefile"])

#: What only follows links: it matters where the path is known.
FOLLOWING = frozenset(["os.path.realpath", "resolve"])

#: Functions that use the working folder where no path is given.
ELSE_HERE = frozenset(["os.listdir", "os.scandir"])

#: What numpy adds to the name of a file that doesn't end so.
ENDINGS = {"numpy.save": ".npy", "numpy.savez": ".npz", "numpy.savez_compressed": ".npz"}

#: Names of files, as they are given to functions that are not known.
FILE_NAME = re.compile(
    r"""(?x) (?!https?:|s3:|gs:) [^\s*?<>|"']* [^\s*?<>|"'./] \. (?: """
    + "|".join(
        """
        csv tsv txt json jsonl ndjson ya?ml toml ini cfg conf xml html? md rst tex pdf png jpe?g gif
        svg bmp tiff? webp eps npy npz pkl pickle joblib dill parquet feather arrow orc h5 hdf5? nc
        zarr db sqlite3? duckdb xlsx? ods docx? pptx? zip tar t?gz bz2 xz 7z pth? ckpt safetensors
        onnx pb tflite keras bin dat data log wav mp3 mp4 avi mov ogg flac shp geojson gpkg mat rds
        sav dta sas7bdat sql py ipynb sh model bst ubj graphml gml gexf edges edgelist adjlist svm
        libsvm tfrecords? msgpack avro mplstyle fasta fastq vcf bed
        """.split()  # noqa: SIM905
    )
    + r")"
)

#: Functions and methods that may get the name of a file, and leave it alone.
NAMING = re.compile(
    r"^(os\.path\..*|(pathlib\.)?(Pure|Posix)?Path|re\..*|print|len|str|repr|sorted|set|list|tuple|dict"
    r"|append|extend|insert|remove|index|count|pop|setdefault|update|(r|l)?strip|r?split|r?partition"
    r"|join|joinpath|format|replace|startswith|endswith|removesuffix|removeprefix|with_\w+|relative_to"
    r"|match|is_relative_to|set_\w+|debug|info|warning|error|exception|critical|log)$"
)
READING = re.compile(
    r"^(im|safe_|_)*(read|load|open|get|parse|from|import|is|has|add|find|check|scan|show|exists"
    r"|Image|Audio|Video|digest|hash|size)"
)

#: Keywords under which a path is given.
KEYWORDS = (
    "filename",
    "fname",
    "path",
    "path_or_buf",
    "filepath_or_buffer",
    "path_or_buffer",
    "file",
    "io",
    "name",
    "database",
)

#: Methods that say nothing about a file unless their object is a path.
ONLY_ON_PATHS = frozenset(
    """
    exists is_file is_dir iterdir glob rglob stat mkdir unlink rmdir touch rename hardlink_to chmod
    lchmod lstat is_symlink readlink resolve samefile
    """.split()  # noqa: SIM905
)
