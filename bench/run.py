#!/usr/bin/env python3
"""run.py [N ...]: what pipec costs on the common workload, beside the floor, in one run.

For each N (1,000 and 10,000 when none is given): CPU seconds and peak memory of `check`, of a full `build`, of a rebuild with nothing
changed, and of a `plan` against a commit after one file was edited (its wall time beside that of `check`: it compiles twice, side by side); the floor F (read all inputs, write the same outputs) in CPU seconds; ratios; and the growth exponent from the smallest N to the largest.
Medians of several runs. Exits 1 when a figure is outside the "must" column (`--no-limits` only reports).
"""
import argparse
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MUST = {"build": 20.0, "check": 10.0, "rebuild": 12.0, "growth": 1.10, "memory_mib": 600.0}


def measured(command, rounds, before=lambda: None):
    """Median CPU seconds and median peak MiB of a command; `before` runs ahead of each round."""
    seconds, peaks = [], []
    for _ in range(rounds):
        before()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{errors.decode()[-2000:]}")
        seconds.append(usage.ru_utime + usage.ru_stime)
        peaks.append(usage.ru_maxrss / 1024)
    return statistics.median(seconds), statistics.median(peaks)


def phases(pipec, project, rounds):
    """Median seconds by the clock of each phase of `check`, in order."""
    found = {}
    for _ in range(rounds):
        command = [pipec, "check", project, "--timings", "--message-format", "json"]
        lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
        for said in filter(lambda said: "phase" in said, map(json.loads, lines)):
            found.setdefault(said["phase"], []).append(said["seconds"])
    return {phase: statistics.median(seconds) for phase, seconds in found.items()}


def unlabelled(project, copy):
    """The same project with every column `@public`: no label is made, carried or checked. What is left is what pipec costs without information flow."""
    shutil.copytree(project, copy)
    for file in copy.rglob("*.pipe"):
        file.write_text(re.sub(r"@[a-z_]+", "@public", file.read_text()))
    return copy


SINKS = """/// What the workload's columns tell, all of it: every rule about readers is asked, and none refuses.
clearance wide {
  record_id direct; mrn direct; provider_id direct; organization direct; service_date direct; birth_date direct; zip direct; clinical direct; free_text direct
  because "a benchmark over made-up tables"
}
role reader { clearance wide; postgres "reader" }
grant read on mart_* to reader
bucket shared { name "bench-shared"; clearance wide }
export marts to shared { mart_*; path "marts.zip"; format csv zip }
pipeline daily on cron { schedule daily at 02:00; models = build *; checks = test * after models; export marts after checks }
"""


def with_sinks(project, copy):
    """The same project with a role and a bucket that get every mart and may not know everything: values are followed to their readers."""
    shutil.copytree(project, copy)
    (copy / "sinks.pipe").write_text(SINKS)
    return copy


def built_binaries():
    """Builds pipec and the floor in release mode and returns their paths."""
    messages = subprocess.run(
        ["cargo", "build", "--release", "--bin", "pipec", "--bench", "floor", "--message-format=json"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    found = {}
    for line in messages.splitlines():
        message = json.loads(line)
        if message.get("reason") == "compiler-artifact" and message.get("executable"):
            found[message["target"]["name"]] = message["executable"]
    return found["pipec"], found["floor"]


def one_size(n, work, pipec, floor, rounds):
    project, out, copy = work / f"in{n}", work / f"out{n}", work / f"copy{n}"
    subprocess.run([sys.executable, ROOT / "bench/workload.py", str(n), project], check=True, stdout=subprocess.DEVNULL)

    def fresh():
        shutil.rmtree(out, ignore_errors=True)

    def fresh_copy():
        shutil.rmtree(copy, ignore_errors=True)

    check, check_peak = measured([pipec, "check", project], rounds)
    build, build_peak = measured([pipec, "build", project, "-o", out], rounds, fresh)
    plain, _ = measured([pipec, "build", unlabelled(project, work / f"plain{n}"), "-o", work / f"plain_out{n}"], rounds,
                        lambda: shutil.rmtree(work / f"plain_out{n}", ignore_errors=True))
    rebuild, _ = measured([pipec, "build", project, "-o", out], rounds)
    floor_seconds, _ = measured([floor, project, out, copy], rounds, fresh_copy)
    comparing, _ = measured(["diff", "-rq", out, copy], rounds)
    sinks = with_sinks(project, work / f"sinks{n}")
    checked_sinks, _ = measured([pipec, "check", sinks], rounds)
    checked_plain, _ = measured([pipec, "check", work / f"plain{n}"], rounds)
    by_phase, plan = phases(pipec, sinks, rounds), planned(project, pipec, rounds)
    return {
        **plan, "models": n, "floor": floor_seconds, "comparing": comparing, "check": check, "build": build, "unlabelled": plain, "check_unlabelled": checked_plain, "check_sinks": checked_sinks, "rebuild": rebuild, "phases": by_phase,
        "memory_mib": max(check_peak, build_peak), "files": sum(1 for p in out.rglob("*") if p.is_file()),
        "bytes": sum(p.stat().st_size for p in out.rglob("*") if p.is_file()),
    }


def planned(project, pipec, rounds):
    """`plan` against a commit, one model edited since: CPU and wall seconds, peak memory, and the wall seconds of `check` beside it."""
    def git(*arguments):
        subprocess.run(["git", "-C", project, "-c", "user.name=bench", "-c", "user.email=bench@localhost", *arguments], check=True, stdout=subprocess.DEVNULL)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "base")
    edited = sorted((project / "marts").glob("*.pipe"))[0]
    text = edited.read_text()
    changed = text.replace("having count(*) > 0", "having count(*) > 7", 1)
    if changed == text:
        sys.exit(f"the workload has no model to edit in {edited}")
    edited.write_text(changed)
    command, wall = [pipec, "plan", "-p", project, "--base", "HEAD", "--format", "json"], []
    cpu, peak = measured(command, rounds)
    for command_timed in (command, [pipec, "check", project]):
        times = []
        for _ in range(rounds):
            start = time.monotonic()
            subprocess.run(command_timed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times.append(time.monotonic() - start)
        wall.append(statistics.median(times))
    edited.write_text(text)
    return {"plan": cpu, "plan_memory_mib": peak, "plan_wall": wall[0], "check_wall": wall[1]}


def report(rows):
    print(f"{'models':>7} {'files':>6} {'MB out':>7} {'F s':>7} {'check s':>8} {'/F':>5} {'build s':>8} {'/F':>5} {'rebuild s':>9} {'/compare':>8} {'peak MiB':>9}")
    for r in rows:
        print(f"{r['models']:>7} {r['files']:>6} {r['bytes'] / 1e6:>7.1f} {r['floor']:>7.3f} {r['check']:>8.3f} {r['check'] / r['floor']:>5.1f} {r['build']:>8.3f} "
              f"{r['build'] / r['floor']:>5.1f} {r['rebuild']:>9.3f} {r['rebuild'] / r['comparing']:>8.1f} {r['memory_mib']:>9.0f}")


def report_flow(rows):
    """What information flow costs: a build of the project as it is beside one in which every column is `@public`, and by phase."""
    for r in rows:
        more = r["build"] - r["unlabelled"]
        print(f"{r['models']:>7} models: a build takes {r['build']:.3f} s of CPU, and {r['unlabelled']:.3f} s where every column is `@public`: "
              f"flow costs {more:.3f} s ({more / r['build']:.0%})")
        told = r["check_sinks"] - r["check_unlabelled"]
        print(f"{r['models']:>7} models: a check takes {r['check_unlabelled']:.3f} s of CPU without labels, {r['check']:.3f} s with them, and {r['check_sinks']:.3f} s "
              f"where a role and a bucket get every mart: flow costs {told:.3f} s ({told / r['check_sinks']:.0%})")
        checks = sum(seconds for phase, seconds in r["phases"].items() if phase.startswith("check "))
        total = sum(r["phases"].values())
        each = ", ".join(f"{phase} {seconds:.3f}" for phase, seconds in r["phases"].items())
        print(f"{r['models']:>7} models: the checks of flow and access take {checks:.3f} of {total:.3f} s by the clock ({each})")


def report_plan(rows):
    """What comparing with a commit costs beside a check."""
    print(f"\n{'models':>7} {'plan CPU s':>10} {'/check':>7} {'wall s':>7} {'/check':>7} {'peak MiB':>9}")
    for r in rows:
        print(f"{r['models']:>7} {r['plan']:>10.3f} {r['plan'] / r['check']:>7.1f} {r['plan_wall']:>7.3f} {r['plan_wall'] / r['check_wall']:>7.1f} {r['plan_memory_mib']:>9.0f}")


def outside_limits(rows):
    largest, smallest, found = rows[-1], rows[0], []
    for key, base in (("build", "floor"), ("check", "floor"), ("rebuild", "comparing")):
        if largest[key] / largest[base] > MUST[key]:
            found.append(f"{key} is {largest[key] / largest[base]:.1f} times the {base}, must be at most {MUST[key]:.0f}")
    if largest["memory_mib"] > MUST["memory_mib"]:
        found.append(f"peak memory is {largest['memory_mib']:.0f} MiB, must be at most {MUST['memory_mib']:.0f}")
    if len(rows) > 1:
        growth = math.log(largest["build"] / smallest["build"]) / math.log(largest["models"] / smallest["models"])
        print(f"growth exponent of build, {smallest['models']} to {largest['models']} models: {growth:.2f}")
        if growth > MUST["growth"]:
            found.append(f"growth exponent is {growth:.2f}, must be at most {MUST['growth']}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10000], metavar="N")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-limits", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    options = parser.parse_args()
    pipec, floor = built_binaries()
    memory_disk = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory_disk) as folder:
        rows = [one_size(n, pathlib.Path(folder), pipec, floor, options.rounds) for n in sorted(options.sizes or [1000, 10000])]
    report(rows)
    report_flow(rows)
    report_plan(rows)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    problems = outside_limits(rows)
    for problem in problems:
        print(f"outside the limits: {problem}")
    sys.exit(1 if problems and not options.no_limits else 0)


if __name__ == "__main__":
    main()
