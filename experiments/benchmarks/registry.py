"""Every benchmark of the project, in order of what it costs."""

from experiments.benchmarks.benchmark import Benchmark

_YBCO = "campaigns/ybco.csv"
_PAIRS = "campaigns/ybco_pairwise.csv"
_ALAB = "campaigns/alab_targets.csv"
_RECIPES = "literature/recipes.parquet"
_ENERGIES = "thermo/formation_energies.csv.gz"
_ENTRIES = "thermo/ymno_1000K_entries.csv"

_ALL = (
    Benchmark(
        "known_chemistry",
        "What do the energies and the graph say of chemistry that is known?",
        ("python -m experiments.known_chemistry",),
        minutes=0.3,
        data=(_YBCO, _PAIRS),
        quick="",
    ),
    Benchmark(
        "enumerate_reactions",
        "How many reactions are there among 12 phases of Y-Mn-O, and what does finding them cost?",
        (
            f"python -m experiments.enumerate_reactions --entries $ATHANOR_DATA/{_ENTRIES} "
            "--temperature 1000 --target YMnO3",
        ),
        minutes=0.1,
        data=(_ENTRIES,),
        quick="",
    ),
    Benchmark(
        "reactions_growth",
        "How does enumerating reactions grow with the number of phases?",
        (
            f"python -m experiments.peers.reaction_network --entries $ATHANOR_DATA/{_ENTRIES} "
            "--target YMnO3 --growth 200",
        ),
        minutes=0.1,
        data=(_ENTRIES,),
    ),
    Benchmark(
        "reaction_network",
        "Are our reactions those of reaction-network, and how long do both take?",
        (
            f"python -m experiments.peers.reaction_network --python $PEER --entries "
            f"$ATHANOR_DATA/{_ENTRIES} --target YMnO3",
        ),
        minutes=2,
        data=(_ENTRIES,),
        peers=("reaction_network",),
    ),
    Benchmark(
        "time_pathways",
        "How long does a pathway as a distribution take?",
        ("python -m experiments.time_pathways",),
        goal="1,000 draws in a second or two of one core",
        minutes=0.5,
        quick="--samples 50",
    ),
    Benchmark(
        "energies",
        "How wrong are formation energies estimated from the composition alone?",
        ("python -m experiments.train_energies --evaluate --checkpoints $OUT",),
        goal="the best published composition models reach 56 to 60 meV/atom",
        minutes=1,
        data=(_ENERGIES,),
        figures=(
            "ensemble",
            "held_out.formulas",
            "held_out.mae_mev_per_atom",
            "held_out.near_hull.mae_mev_per_atom",
            "held_out.crps_mev_per_atom",
            "held_out.crps_best_constant_sigma_mev_per_atom",
            "held_out.coverage_of_90_percent.all",
            "held_out.coverage_of_90_percent.by_third_of_sigma",
        ),
    ),
    Benchmark(
        "journal",
        "How long does it take to open a journal of 100,000 events?",
        ("python -m experiments.campaign_scale --events 100000",),
        minutes=0.5,
        quick="--events 300",
    ),
    Benchmark(
        "lab_endurance",
        "Does the simulated lab keep its memory and its pace over 20,000 experiments?",
        ("python -m experiments.lab_endurance --experiments 20000",),
        goal="500 experiments a CPU second, memory flat",
        minutes=1,
        quick="--experiments 20",
    ),
    Benchmark(
        "published_firings",
        "Do recipes that papers report work in the simulated lab, and not 300 C below?",
        ("python -m experiments.published_firings",),
        minutes=3,
        data=(_RECIPES,),
        quick="--count 3",
    ),
    Benchmark(
        "simulator_validity",
        "How far can the simulated lab be believed, against the bench and textbooks?",
        ("python -m experiments.simulator_validity",),
        goal="rank correlation over all cells 0.91; pairs right 6 of 11 and 6 of 8",
        minutes=6,
        data=(_YBCO, _PAIRS),
    ),
    Benchmark(
        "suggestion_cost",
        "What does a batch of four suggestions cost?",
        ("python -m experiments.suggestion_cost --policies athanor",),
        minutes=3,
        quick="--sizes 20/100",
    ),
    Benchmark(
        "suggestion_cost_peers",
        "What does a batch of four suggestions cost BayBE and BoFire?",
        ("python -m experiments.suggestion_cost --policies athanor --peer-python $PEER",),
        minutes=20,
        peers=("baybe", "bofire"),
    ),
    Benchmark(
        "study_scale",
        "What does a study cost as it grows, and what is overhead?",
        ("python -m experiments.study_scale",),
        goal="10,000 campaigns of thermo in 15 minutes on two cores; overhead below 10 %; memory "
        "flat",
        minutes=32,
        quick="--campaigns 4",
    ),
    Benchmark(
        "study_scale_athanor",
        "What do 1,000 campaigns of athanor cost, and where does their time go?",
        (
            "python -m experiments.study_scale --policy athanor --campaigns 100,1000 "
            "--stop-at-success --profile 20",
        ),
        minutes=40,
    ),
    Benchmark(
        "replay",
        "How soon do policies find the pure products among 188 published syntheses?",
        (
            f"python -m experiments.replay_table --table $ATHANOR_DATA/{_YBCO} "
            "--target YBa2Cu3O7 --json $OUT/replay.json",
        ),
        goal="no more experiments than ARROWS3's own run: 12 to the first, 49 to half, 103 to all",
        minutes=40,
        data=(_YBCO,),
        quick="--seeds 1 --policies thermo",
    ),
    Benchmark(
        "ybco_replay",
        "The same as a study, with intervals over parts of the table",
        (
            "athanor study -m experiment=ybco_replay study.folder=$OUT/study "
            "hydra/launcher=joblib hydra.launcher.n_jobs=2",
            "athanor summarize $OUT/study",
        ),
        minutes=60,
        quick="study.seeds=1 study.policies=[thermo] budget.experiments=2",
    ),
    Benchmark(
        "alab_simulated",
        "Which policy makes more of the A-Lab's targets, and with how many experiments?",
        (
            "athanor study -m experiment=alab_simulated study.folder=$OUT/study "
            "hydra/launcher=joblib hydra.launcher.n_jobs=2",
            "athanor summarize $OUT/study",
        ),
        minutes=60,
        quick="study.seeds=1 study.policies=[thermo] study.targets=[BaTiO3] budget.experiments=1",
    ),
    Benchmark(
        "compare_policies",
        "Which policy makes more of the A-Lab's targets, paired by target and world?",
        ("python -m experiments.compare_policies --seeds 20 --json $OUT/comparison.json",),
        minutes=60,
        data=(_ALAB,),
    ),
    Benchmark(
        "comparison_validity",
        "How often is a comparison that stops when it is decided wrong, and how long does it take?",
        ("python -m experiments.comparison.validity",),
        goal="wrong in at most 5 %",
        minutes=0.5,
        quick="--runs 20 --seeds 40",
    ),
    Benchmark(
        "calibration",
        "Does athanor know how good its suggestions are?",
        ("python -m experiments.calibration --seeds 20 --json $OUT/calibration.json",),
        goal="expected calibration error 0.05, Brier skill 0.2",
        minutes=15,
        data=(_ALAB,),
    ),
    Benchmark(
        "transfer",
        "Does what one campaign shows help the next?",
        ("python -m experiments.transfer --json $OUT/transfer.json",),
        minutes=60,
        data=(_ALAB,),
    ),
    Benchmark(
        "ablation",
        "What is each source of knowledge worth?",
        ("python -m experiments.ablation --json $OUT/ablation.json",),
        minutes=90,
        data=(_ALAB,),
    ),
    Benchmark(
        "simulated_alab",
        "How many of the A-Lab's targets does one simulated laboratory make in 17 days?",
        (
            "python -m experiments.simulated_alab --policy thermo --seeds 20 "
            "--json $OUT/alab.json",
        ),
        goal="the A-Lab made 36 of 57 in 353 experiments",
        minutes=30,
        data=(_ALAB,),
    ),
    Benchmark(
        "diagnosis",
        "Is the likeliest explanation of a failure the one whose removal mends it?",
        ("python -m experiments.diagnosis",),
        minutes=30,
    ),
    Benchmark(
        "crash_test",
        "Does a campaign survive being killed, at any write and at random?",
        ("python -m experiments.crash_test --kills 200 --json $OUT/crash.json --resume",),
        goal="nothing lost, fired twice or decided otherwise",
        minutes=60,
    ),
    Benchmark(
        "campaign_scale",
        "What does one campaign of 50 targets cost?",
        ("python -m experiments.campaign_scale",),
        minutes=6,
        data=(_ALAB, _ENERGIES),
    ),
    Benchmark(
        "evaluate_literature",
        "How well does the shipped literature model know the recipes that it has read?",
        (f"python -m experiments.evaluate_literature --recipes $ATHANOR_DATA/{_RECIPES}",),
        minutes=10,
        data=(_RECIPES,),
        figures=("targets", "top", "temperature", "ece", "brier_skill", "baselines"),
    ),
    Benchmark(
        "train_literature",
        "How well does the literature model foretell recipes that it has not read?",
        (
            "python -m experiments.train_literature --checkpoints $OUT/checkpoints "
            "--weights $OUT/weights",
        ),
        goal="72, 88 and 91 % at the top 1, 5 and 10; 115 C",
        minutes=110,
        data=(_RECIPES,),
        long=True,
    ),
    Benchmark(
        "train_energies",
        "How wrong are formation energies when the networks are trained anew?",
        (
            "python -m experiments.train_energies --checkpoints $OUT/checkpoints "
            "--weights $OUT/weights.safetensors",
        ),
        minutes=60,
        data=(_ENERGIES,),
        long=True,
    ),
)  # fmt: skip
BENCHMARKS = tuple(sorted(_ALL, key=lambda one: one.minutes))
