#!/usr/bin/python3
"""The kill test of run.sh with Debian's python3-optuna on a PostgreSQL of its own: studies of 100 trials, three workers of two threads each that are
killed (SIGKILL) and started again at the same random times. A trial is a quarter of a second of sleep and a figure that can be told without it.
    optuna_kills.py URL TABLE STUDIES        a line a study
Heartbeats and the retry callback are on, as its documentation recommends for killed workers."""
import os, random, signal, subprocess, sys, tempfile, time

TRIALS = 100

def storage(url):
    import optuna
    from optuna.storages import RDBStorage, RetryFailedTrialCallback
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return RDBStorage(url, heartbeat_interval=1, grace_period=3, failed_trial_callback=RetryFailedTrialCallback())

def value(x):
    return (x * 2654435761) % 1000003

def worker(url, name, log):
    import optuna
    study = optuna.load_study(study_name=name, storage=storage(url))
    space = {"x": list(range(1, TRIALS + 1))}
    study.sampler = optuna.samplers.GridSampler(space, seed=1)
    def objective(trial):
        x = trial.suggest_categorical("x", space["x"])
        with open(log, "a") as f: f.write(f"begin {x} {trial.number}\n")
        time.sleep(0.25)
        with open(log, "a") as f: f.write(f"end {x} {trial.number}\n")
        return value(x)
    study.optimize(objective, n_jobs=2)

def one(url, seed, table):
    import optuna
    from optuna.trial import TrialState
    name, chance = f"kills-{seed}", random.Random(seed)
    folder = tempfile.TemporaryDirectory()
    logs = [os.path.join(folder.name, f"{w}.log") for w in range(3)]
    for log in logs: open(log, "w").close()
    study = optuna.create_study(study_name=name, storage=storage(url), direction="maximize")
    start = lambda w: subprocess.Popen([sys.executable, __file__, "worker", url, name, logs[w]], stderr=subprocess.DEVNULL)
    workers, began, kills = [start(w) for w in range(3)], time.time(), 0
    while any(w.poll() is None for w in workers) and time.time() - began < 300:
        time.sleep(chance.uniform(0.3, 3))
        which = range(3) if chance.randrange(6) == 0 else [chance.randrange(3)]
        for w in which:
            # One that has ended because the grid is done is started again as a host would be, and ends again.
            if workers[w].poll() is None:
                workers[w].send_signal(signal.SIGKILL); workers[w].wait(); kills += 1
        time.sleep(chance.uniform(0, 2))
        done = {t.params.get("x") for t in study.get_trials(deepcopy=False) if t.state == TrialState.COMPLETE}
        if len(done) == TRIALS: break
        for w in range(3):
            if workers[w].poll() is not None: workers[w] = start(w)
    for w in workers:
        if w.poll() is None: w.kill()
        w.wait()
    trials = study.get_trials(deepcopy=False)
    complete = [t.params["x"] for t in trials if t.state == TrialState.COMPLETE]
    lost = TRIALS - len(set(complete))
    twice = len(complete) - len(set(complete))
    zombies = sum(t.state == TrialState.RUNNING for t in trials)
    failed = sum(t.state == TrialState.FAIL for t in trials)
    wrong = sum(t.value != value(t.params["x"]) for t in trials if t.state == TrialState.COMPLETE)
    line = f"{seed}\t{TRIALS}\t{kills}\t{time.time() - began:.0f}\t{lost}\t{twice}\t{zombies}\t{failed}\t{wrong}"
    print(line, flush=True)
    with open(table, "a") as f: f.write(line + "\n")

if __name__ == "__main__":
    if sys.argv[1] == "worker": worker(*sys.argv[2:5])
    else:
        url, table, studies = sys.argv[1], sys.argv[2], int(sys.argv[3])
        if not os.path.exists(table):
            with open(table, "w") as f: f.write("seed\ttrials\tkills\tseconds\tlost\ttwice\trunning at the end\tfailed\twrong\n")
        for seed in range(sum(1 for _ in open(table)), studies + 1): one(url, seed, table)
