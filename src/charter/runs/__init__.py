"""The journal of runs: each step of the line, when it began and how it ended. It feeds logs, metrics, traces and the
status page; whoever wants to know how runs went reads it here."""

from charter.runs.journal import began, ended, runs_folder, runs_of_night, runs_since
from charter.runs.models import Outcome, StepError, StepRun

__all__ = ["Outcome", "StepError", "StepRun", "began", "ended", "runs_folder", "runs_of_night", "runs_since"]
