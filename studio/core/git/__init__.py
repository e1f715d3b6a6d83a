"""Git repositories of projects: bare, without a checkout, written only through this package."""

from studio.core.git.objects import Change, Commit, Content, MergeResult
from studio.core.git.repository import Repository, repository
from studio.core.git.run import GitFailed, GitMissing

__all__ = [
    "Change",
    "Commit",
    "Content",
    "GitFailed",
    "GitMissing",
    "MergeResult",
    "Repository",
    "repository",
]
