"""The paper's settings, each with its section; every other config starts from these.

Not a run by itself: it names no corpus.
"""

from ml_collections import config_dict


def get_config() -> config_dict.ConfigDict:
    """The values of §3 and §4, and the decisions where the paper is silent (docs/fidelity.md)."""
    config = config_dict.ConfigDict()

    config.corpus = config_dict.ConfigDict()
    config.corpus.name = "corpus"  # as in tables and figures
    config.corpus.layout = "avec2019"  # or "avec2016", "recola", "manifest", "standin"
    config.corpus.root = ""  # the corpus's folder; of a manifest, the CSV file
    config.corpus.help = ""  # said where the root is missing
    config.corpus.dimensions = ("arousal", "valence")
    config.corpus.rating_range = (-1.0, 1.0)  # lowest and highest of the scale, e.g. (1.0, 9.0)
    config.corpus.annotation_delay = 0.0  # s; AVEC 2019's baseline compensated 2.0

    # Layout recola, the only one that brings several raters: how a gold standard is made of
    # them, as RECOLA's owners do for AVEC 2016; or "mean", "ewe".
    config.corpus.gold_standard = "centred"

    # Layout avec2019: folders within the root.
    config.corpus.audio_folder = "audio"
    config.corpus.labels_folder = "labels"

    # The recordings, or the beginnings of their names, that make up each partition; a
    # manifest and a stand-in bring their own.
    config.corpus.partitions = config_dict.ConfigDict()
    config.corpus.partitions.train = ("Train_",)
    config.corpus.partitions.dev = ("Devel_",)
    config.corpus.partitions.test = ("Test_",)

    # Layout standin: generated in the user's cache, unless a root is named.
    config.corpus.standin = config_dict.ConfigDict()
    config.corpus.standin.layout = "avec2019"  # or "avec2016", "recola"
    config.corpus.standin.language = "XX"
    config.corpus.standin.train = 34
    config.corpus.standin.dev = 14
    config.corpus.standin.test = 16
    config.corpus.standin.shortest_s = 60.0
    config.corpus.standin.longest_s = 176.8
    config.corpus.standin.reaction_delay_s = 2.0
    config.corpus.standin.seed = 0

    config.features = config_dict.ConfigDict()
    config.features.name = "mfb"  # or "mfcc", "w2v2", "precomputed" (§3.2)
    config.features.frame_rate = 4.0  # Hz, that of the annotations (§3.2)
    config.features.layer = ()  # of w2v2; none: the last hidden state; several: their mean
    config.features.folders = ()  # of precomputed features, within the corpus's root
    config.features.are_predictions = False  # precomputed features that can be scored
    config.features.cache = ""  # by default in the user's cache folder
    config.features.workers = 0  # recordings extracted at once; 0: one per processor

    # wav2vec 2.0, used as it is, without fine-tuning (§3.2). The paper's French models
    # (footnote 3) are LeBenchmark/wav2vec2-FR-3K-base and -large.
    config.features.w2v2 = config_dict.ConfigDict()
    config.features.w2v2.model = ""  # a folder, or a name on the Hugging Face hub
    config.features.w2v2.models = config_dict.ConfigDict()  # several, for experiments.paper.table1
    config.features.w2v2.revision = ""  # commit on the hub; none: the newest
    config.features.w2v2.window = 30.0  # s
    config.features.w2v2.overlap = 2.0  # s
    config.features.w2v2.cut = False  # whether to cut windows without overlap instead
    config.features.w2v2.dtype = "float32"  # or "bfloat16"

    config.sweep = config_dict.ConfigDict()
    config.sweep.weights = tuple(tenths / 10 for tenths in range(11))  # w (§4.2)
    config.sweep.seeds = (0, 1, 2)
    config.sweep.hidden_sizes = config_dict.ConfigDict()
    config.sweep.hidden_sizes.mono = (16, 32)  # §3.3
    config.sweep.hidden_sizes.multi = (16, 32, 64)

    config.training = config_dict.ConfigDict()
    config.training.learning_rate = 6e-4  # §4.2
    config.training.beta1 = 0.9
    config.training.beta2 = 0.999
    config.training.epsilon = 1e-8
    config.training.max_epochs = 250  # §4.2
    config.training.patience = 30  # epochs (§4.2)
    config.training.monitor = "loss"  # on dev; or "state", "dynamics"
    config.training.checkpoint_every = 25  # epochs

    config.cores_as_devices = True  # on a CPU, each core is a device that lanes are shared out over
    config.compilation_cache = True  # compiled programs are kept from run to run
    return config.lock()  # so that a misspelt field is told
