"""Every error that the library raises.

::

    ExtractionError
    ├── OptionsError (ValueError)             the caller's options do not fit the extractor
    ├── SourceError                           the file itself: trying again changes nothing
    │   ├── SourceNotFoundError (FileNotFoundError)
    │   ├── SourceUnreadableError (OSError)   exists, but may not or cannot be read
    │   ├── EmptyFileError
    │   ├── UnsupportedFormatError            no extractor reads it
    │   ├── FormatMismatchError               the content is not what the caller said
    │   ├── CorruptedFileError                the format's rules are broken beyond reading
    │   └── EncryptedFileError                a password is needed, or the one given is wrong
    ├── LimitExceededError                    the same file passes the same limit again
    │   ├── FileTooLargeError
    │   ├── DeadlineExceededError (TimeoutError)
    │   ├── MemoryLimitExceededError
    │   └── ResultTooLargeError
    ├── ExtractionCancelledError              somebody asked for it
    ├── WorkerCrashedError                    its process died: counts towards poison
    ├── TransientError                        may heal: the retry policy decides
    │   ├── ServiceUnavailableError
    │   ├── RateLimitedError
    │   └── TemporaryFailureError
    ├── ServiceError                          a third-party service said no: permanent
    │   ├── AuthenticationError
    │   ├── PermissionDeniedError
    │   └── CreditsExhaustedError             credits or budget are used up
    ├── PluginError
    │   ├── MissingPluginError                no such extractor or format is installed
    │   ├── MissingDependencyError            an extra is not installed
    │   └── PluginLoadError                   an entry point could not be loaded
    ├── JobError
    │   ├── JobNotFoundError (LookupError)    no such job, or not this owner's
    │   ├── JobStateError                     the job's status does not allow the verb
    │   └── LeaseLostError                    another worker holds the job now
    ├── RepositoryError
    │   ├── SchemaOutdatedError               run ``pybase-extract db upgrade``
    │   └── DatabaseBusyError
    └── StorageError
        ├── ObjectNotFoundError (LookupError)
        └── ForbiddenAddressError             an address that this process must not contact

Messages are safe to show to the user who submitted the file: they name the file by its display name and never hold
a server path, an address with its query string, or a secret.  ``code`` is stable and machine-readable.  Every error
takes its message first and its facts by keyword, keeps the facts as attributes, and survives pickling.
"""

from __future__ import annotations

from typing import ClassVar


class ExtractionError(Exception):
    """The root of the library's errors.

    Attributes:
        message: What happened, where, and what to do about it; safe to show to the user.
        remedy: The part of the advice that a user interface may show apart, or None.
        code: Stable identifier of the class of error.
    """

    code: ClassVar[str] = "extraction_error"

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message


class OptionsError(ExtractionError, ValueError):
    """Options that the extractor does not know or cannot accept.

    Attributes:
        errors: One ``(option, reason)`` pair for every option that is wrong.
    """

    code = "invalid_options"

    def __init__(self, message: str, *, errors: tuple[tuple[str, str], ...] = (), remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.errors = errors


class SourceError(ExtractionError):
    """Something about the file that another attempt would not change.

    Attributes:
        name: Display name of the file, or None when unknown.
        format: Name of the format that was being read, or None.
        where: Place inside the file (page, line, byte offset, record), or None.
    """

    code = "source_error"

    def __init__(
        self,
        message: str,
        *,
        name: str | None = None,
        format: str | None = None,  # noqa: A002 -- the vocabulary's word
        where: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.name = name
        self.format = format
        self.where = where


class SourceNotFoundError(SourceError, FileNotFoundError):
    """There is no such file."""

    code = "source_not_found"


class SourceUnreadableError(SourceError, OSError):
    """The file exists but cannot be read (permissions, a directory, an I/O error)."""

    code = "source_unreadable"


class EmptyFileError(SourceError):
    """The file has no bytes."""

    code = "empty_file"


class UnsupportedFormatError(SourceError):
    """No installed extractor reads this file."""

    code = "unsupported_format"


class FormatMismatchError(SourceError):
    """The content is of another format than the caller, the name or the media type says."""

    code = "format_mismatch"


class CorruptedFileError(SourceError):
    """The file breaks the rules of its format beyond what can be read."""

    code = "corrupted_file"


class EncryptedFileError(SourceError):
    """The file needs a password, or the given one is wrong."""

    code = "encrypted_file"


class LimitExceededError(ExtractionError):
    """A limit was passed; the same file would pass it again.

    Attributes:
        limit: The limit that was passed, in ``unit``; None when unknown.
        actual: What was reached when it was noticed, in ``unit``; None when unknown.
        unit: Unit of both, for example ``"bytes"``, ``"s"``, ``"pages"``, ``"operators"``.
        name: Display name of the file, or None.
    """

    code = "limit_exceeded"

    def __init__(
        self,
        message: str,
        *,
        limit: float | None = None,
        actual: float | None = None,
        unit: str | None = None,
        name: str | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.limit = limit
        self.actual = actual
        self.unit = unit
        self.name = name


class FileTooLargeError(LimitExceededError):
    """The file, or what it unpacks to, has too many bytes."""

    code = "file_too_large"


class DeadlineExceededError(LimitExceededError, TimeoutError):
    """The attempt took longer than it may."""

    code = "deadline_exceeded"


class MemoryLimitExceededError(LimitExceededError):
    """The attempt asked for more memory than it may have."""

    code = "memory_limit_exceeded"


class ResultTooLargeError(LimitExceededError):
    """The result is larger than results may be."""

    code = "result_too_large"


class ExtractionCancelledError(ExtractionError):
    """Somebody asked for the extraction to stop."""

    code = "cancelled"


class WorkerCrashedError(ExtractionError):
    """The process that ran the attempt died.

    Attributes:
        exit_code: Exit status of the process; negative is the number of the signal that killed it; None when unknown.
    """

    code = "worker_crashed"

    def __init__(self, message: str, *, exit_code: int | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.exit_code = exit_code


class TransientError(ExtractionError):
    """A failure that may heal by itself.

    Attributes:
        retry_after_s: Seconds after which the service asked to be called again, or None.
    """

    code = "transient"

    def __init__(self, message: str, *, retry_after_s: float | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after_s = retry_after_s


class ServiceUnavailableError(TransientError):
    """A service that the extraction needs does not answer."""

    code = "service_unavailable"


class RateLimitedError(TransientError):
    """A service asked for fewer calls."""

    code = "rate_limited"


class TemporaryFailureError(TransientError):
    """Any other failure that may heal."""

    code = "temporary_failure"


class ServiceError(ExtractionError):
    """A third-party service refused for good.

    Attributes:
        service: Name of the service, or None.
    """

    code = "service_error"

    def __init__(self, message: str, *, service: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.service = service


class AuthenticationError(ServiceError):
    """The service does not accept the credentials, or there are none."""

    code = "authentication"


class PermissionDeniedError(ServiceError):
    """The service does not allow this to these credentials."""

    code = "permission_denied"


class CreditsExhaustedError(ServiceError):
    """The service's credits, or the host's budget for it, are used up."""

    code = "credits_exhausted"


class PluginError(ExtractionError):
    """Something about an installed or missing plugin.

    Attributes:
        plugin: Name of the entry point, extractor or format, or None.
    """

    code = "plugin_error"

    def __init__(self, message: str, *, plugin: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.plugin = plugin


class MissingPluginError(PluginError):
    """No extractor of that name, or for that format, is installed."""

    code = "missing_plugin"


class MissingDependencyError(PluginError, ImportError):
    """A library that an optional part needs is not installed.

    Attributes:
        extra: What to install, for example ``"pybase-extraction[s3]"``, or None.
    """

    code = "missing_dependency"

    def __init__(
        self, message: str, *, plugin: str | None = None, extra: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message, plugin=plugin, remedy=remedy)
        self.extra = extra


class PluginLoadError(PluginError):
    """An entry point could not be loaded or registered.

    Attributes:
        stage: ``"import"``, ``"hooks"`` or ``"register"``; None when unknown.
    """

    code = "plugin_load"

    def __init__(
        self, message: str, *, plugin: str | None = None, stage: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message, plugin=plugin, remedy=remedy)
        self.stage = stage


class JobError(ExtractionError):
    """Something about a job.

    Attributes:
        job_id: The job's id as text, or None.
    """

    code = "job_error"

    def __init__(self, message: str, *, job_id: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.job_id = job_id


class JobNotFoundError(JobError, LookupError):
    """There is no such job for this owner."""

    code = "job_not_found"


class JobStateError(JobError):
    """The job's status does not allow what was asked.

    Attributes:
        status: The status that the job has, or None.
    """

    code = "job_state"

    def __init__(
        self, message: str, *, job_id: str | None = None, status: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message, job_id=job_id, remedy=remedy)
        self.status = status


class LeaseLostError(JobError):
    """The worker no longer holds the job: its outcome is not written."""

    code = "lease_lost"


class RepositoryError(ExtractionError):
    """Something about the database of the jobs."""

    code = "repository_error"


class SchemaOutdatedError(RepositoryError):
    """The database's tables are older or newer than the library.

    Attributes:
        found: Revision that the database has, or None when it has none.
        expected: Revision that this library needs.
    """

    code = "schema_outdated"

    def __init__(
        self, message: str, *, found: str | None = None, expected: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.found = found
        self.expected = expected


class DatabaseBusyError(RepositoryError):
    """The database stayed locked by others for longer than the busy timeout."""

    code = "database_busy"


class StorageError(ExtractionError):
    """Something about the storage of files.

    Attributes:
        key: The object's key, without any query string, or None.
    """

    code = "storage_error"

    def __init__(self, message: str, *, key: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.key = key


class ObjectNotFoundError(StorageError, LookupError):
    """The storage holds no such object."""

    code = "object_not_found"


class ForbiddenAddressError(StorageError):
    """The address is one that this process must not contact."""

    code = "forbidden_address"
