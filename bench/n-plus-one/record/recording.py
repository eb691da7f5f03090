"""What a recording program in Python says to the recorder: one JSON line when an exchange begins and ends."""
import json
import sys
from contextlib import contextmanager


def _say(**line):
    print(json.dumps(line), flush=True)
    answer = sys.stdin.readline()
    if not answer:
        raise SystemExit("The recorder has gone.")
    return answer.strip()


def begin(name, is_what, why, of=(), route="GET /recorded"):
    """Returns the trace id of the exchange. is_what: n-plus-one, duplicate or nothing; of: patterns of what repeats."""
    return _say(begin=name, **{"is": is_what}, why=why, of=list(of), route=route)


def end(name):
    _say(end=name)


@contextmanager
def exchange(name, is_what, why, of=(), route="GET /recorded"):
    yield begin(name, is_what, why, of, route)
    end(name)


def true(name, of, why, route="GET /recorded"):
    return exchange(name, "n-plus-one", why, of if isinstance(of, (list, tuple)) else [of], route)


def alike(name, why, route="GET /recorded"):
    return exchange(name, "nothing", why, (), route)


def duplicate(name, of, why, route="GET /recorded"):
    return exchange(name, "duplicate", why, [of], route)


def traceparent(trace_id):
    return f"/*traceparent='00-{trace_id}-00f067aa0ba902b7-01'*/"
