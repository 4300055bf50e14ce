/** Every bound in the program that is not a setting, and the arithmetic behind it. */

/**
 * Bytes of body in one chunk. LMDB puts a large value on whole 4096-byte pages behind a 16-byte
 * header, so 64 pages hold 262,128 bytes; four of them are the chunk's checksum. Large enough that
 * a 64 MiB hit is 257 reads, small enough that a cold read does not stall the loop for long.
 */
export const CHUNK_BYTES = 64 * 4096 - 16 - 4

/** Bytes of checksum behind a chunk on disk (CRC-32). */
export const CHUNK_CHECK_BYTES = 4

/** A request target longer than this is 414. S3 keys are at most 1024 bytes, 3072 when encoded. */
export const TARGET_BYTES = 8192

/** All header fields of a request together; node:http answers 431 beyond. */
export const HEADER_BYTES = 16 * 1024

/**
 * Predicates that one `access` may come to, with all blocks that it names; each may be asked on a
 * hit.
 */
export const ACCESS_PREDICATES = 256

/** A file of users; some 15,000 of them. It is read between two requests, in about 10 ms. */
export const USERS_FILE_BYTES = 1024 * 1024

/**
 * The most expensive hashes that are checked: bcrypt of cost 14, SHA-crypt of a million rounds.
 * Each takes a second or two; passlib's usual 656,000 rounds are among them, what takes minutes is
 * not.
 */
export const BCRYPT_COST = 14
export const SHA_CRYPT_ROUNDS = 1_000_000

/** A longer password is a wrong one: hashing costs time by its length. */
export const PASSWORD_BYTES = 1024

/** Threads that check passwords: one slow hash does not keep all others waiting. */
export const PASSWORD_THREADS = 2

/** Passwords that wait for a thread: half a minute's work at bcrypt's usual cost. */
export const PASSWORD_QUEUE = 256

/** A proven password is not checked again for so long, unless the file of users has changed. */
export const PROOF_MS = 300_000

/** Proven passwords that are remembered; about 300 bytes each. */
export const PROOFS = 10_000

/**
 * Wrong passwords from one client: so many are answered at once, the next ones after a pause that
 * doubles each time, and from `FAILURES_REFUSED` on there is 429, for `FAILURE_REST_MS`.
 */
export const FAILURES_FREE = 3
export const FAILURES_REFUSED = 10
export const FAILURE_PAUSE_MS = 250
export const FAILURE_PAUSE_MAX_MS = 4000
export const FAILURE_REST_MS = 60_000

/** Failures are forgotten this long after the last one. */
export const FAILURE_MEMORY_MS = 600_000

/** Clients whose failures are remembered; beyond it, the oldest are forgotten. */
export const FAILING_CLIENTS = 10_000

/** Different passwords of one client that are checked, or wait, or pause, at the same time. */
export const CLIENT_CHECKS = 8

/** A page of `synth`. It is sent whole to whoever is refused, so a flood of those is cheap. */
export const SYNTH_BYTES = 64 * 1024

/** Fields in one request or response head; more is refused rather than cut silently. */
export const HEADER_FIELDS = 256

/**
 * Responses stored under one key that differ by what their requests had for the fields in Vary; the
 * oldest beyond it are forgotten. A look-up compares all of them, and an origin that varies on
 * something nearly unique (Cookie, User-Agent) should not fill the cache with one page.
 */
export const VARIANTS = 64

/** Parts in one multipart/byteranges answer; more ranges than this get the whole object. */
export const RANGE_PARTS = 16

/** An S3 key in UTF-8. */
export const OBJECT_KEY_BYTES = 1024

/**
 * A tag of a stored response, as it is stored; room for a whole S3 key of ASCII. A response with a
 * longer one is not stored.
 */
export const TAG_BYTES = 1024

/** Tags of one route: each is stored with every response, and looked at by every ban. */
export const TAGS = 16

/** A store's XML error document; what is longer is not read further. */
export const ERROR_DOCUMENT_BYTES = 16 * 1024

/** Chunks brought into the page cache ahead of a reader: 1 MiB, about 5 ms of a cold disk. */
export const DISK_PREFETCH_CHUNKS = 4

/**
 * A chunk read that took longer than this came from the disk itself and not from the page cache,
 * where it takes 0.1 ms.
 */
export const DISK_SLOW_READ_MS = 1

/**
 * Share of `storage.disk.size` that is filled. Churn leaves free pages in the file: 1.05 to 1.18
 * times the live bytes were measured, so 1 / 1.19 keeps the file inside its size.
 */
export const DISK_FILL = 0.84

/** LMDB's page, and the header in front of a value that has pages to itself. */
export const PAGE_BYTES = 4096
export const PAGE_HEADER_BYTES = 16

/** What an entry costs on disk beside its chunks: head, ledger, tree. */
export const DISK_ENTRY_BYTES = 2 * PAGE_BYTES

/** Uses are written down this often; a crash forgets at most so much of the eviction order. */
export const DISK_USE_FLUSH_MS = 5000

/**
 * After a failure nothing new goes to disk for so long, then a small write is tried; each failure
 * within a minute of the last doubles it, up to the longest. A full disk is seldom mended sooner.
 */
export const DISK_RETRY_MS = 1000
export const DISK_RETRY_MAX_MS = 60_000

/** A process that ends sooner than this, without having closed its database, has died young. */
export const DISK_YOUNG_MS = 60_000

/** After so many young deaths in a row the database is read from end to end before it is used. */
export const DISK_YOUNG_DEATHS = 3

/**
 * A database that was not closed properly is read in a child process for so long before it is used:
 * some GB that are in the page cache. Together with the start of that process well under 2 s.
 */
export const DISK_PROBE_MS = 700
/** The same when it has to be read to its end: 40 GiB from a slow disk. */
export const DISK_PROBE_WHOLE_MS = 600_000
/** The child gets so long beyond that before it is taken to be caught in a loop. */
export const DISK_PROBE_LIMIT_MS = 30_000

/** The start waits so long for the disk tier; without it haulout begins with memory alone. */
export const DISK_START_MS = 1500

/** Closing may hang after failed commits, and takes no longer than this. */
export const DISK_CLOSE_MS = 3000

/** Damaged databases that are kept, and the share of `storage.disk.size` they may take. */
export const DISK_ASIDE_FILES = 3
export const DISK_ASIDE_SHARE = 0.1

/** Bodies that are evicted, and chunks that are removed, in one turn of the event loop. */
export const DISK_EVICT_BODIES = 32
export const DISK_REMOVE_CHUNKS = 64

/** Bytes that wait to be written; beyond it they are dropped. Some 0.1 s of a fast disk. */
export const DISK_QUEUE_BYTES = 64 * 1024 * 1024

/** A write that waits for longer than this shows that the disk has stalled: nobody waits for it. */
export const DISK_STALL_MS = 1000
export const DISK_STALL_CHECK_MS = 250

/**
 * While the file still grows beyond this share of its size, less of it is filled, step by step but
 * never less than the least.
 */
export const DISK_NEARLY_FULL = 0.95
export const DISK_FILL_STEP = 0.97
export const DISK_FILL_LEAST = 0.5
/** A file of more than so many times its size, because that was made smaller, is begun anew. */
export const DISK_TOO_LARGE = 1.05

/** How often the file system is asked for its free space. */
export const DISK_STATFS_MS = 2000

/** Lines of the access log are gathered up to this size, then written at once: some 150 lines. */
export const LOG_BATCH_BYTES = 64 * 1024

/** A line waits no longer than this for others to be written with. */
export const LOG_FLUSH_MS = 100

/**
 * Lines that wait for a slow disk or reader; beyond it they are dropped and counted. About 20,000
 * lines, one second of a fully loaded process.
 */
export const LOG_QUEUE_BYTES = 8 * 1024 * 1024

/**
 * Chunks a flight keeps at hand once they can be read from a tier: 2 MiB, enough for passengers
 * that keep up.
 */
export const FLIGHT_RECENT_CHUNKS = 8

/**
 * Chunks a flight holds at most: what waits for the disk, or for the slowest passenger of a body
 * that cannot be stored. 8 MiB; beyond it the origin is paused.
 */
export const FLIGHT_WINDOW_CHUNKS = 32

/**
 * A passenger that keeps others waiting may do so for this long in all until it has caught up; then
 * the flight goes on without it. Well under the 60 s after which stores drop an idle connection.
 */
export const FLIGHT_PATIENCE_MS = 1000
export const FLIGHT_PATIENCE_TICK_MS = 250

/**
 * A body that breaks is gone on with: at once where it came on, else after a pause that doubles, so
 * often in a row and so often in all. The last pause is 0.8 s.
 */
export const CONTINUE_BACKOFF_MS = 100
export const CONTINUE_TRIES = 6
export const CONTINUE_MOST = 1000

/**
 * Keys of which flights have learnt that they are not shared, or by which fields they are; some 300
 * bytes each. Beyond it the oldest lessons are forgotten, which costs waiting and nothing else.
 */
export const LESSONS = 10_000

/** What could not be shared is not waited for again for so long, as Varnish has it. */
export const UNSHARED_MS = 120_000

/** The same after an answer that only tells of trouble. */
export const UNSHARED_TROUBLE_MS = 1000

/** After a failed background refresh the stale entry is served without a new try for so long. */
export const REFRESH_RETRY_MS = 1000

/** The share of the memory tier that one large body may take. */
export const MEMORY_BODY_SHARE = 0.5

/** 1xx responses that an origin may send ahead of its answer. */
export const INTERIM_RESPONSES = 10

/** A `Retry-After` beyond this is not waited for: a client would not either. */
export const RETRY_AFTER_MS = 10_000

/** An endpoint that could not be reached is passed over for so long, where there is another. */
export const ENDPOINT_REST_MS = 1000

/**
 * An origin's body that comes more slowly than this, over three idle periods, has stalled: a
 * tarball of 10 MiB would take two days, and nobody is waiting for that.
 */
export const BODY_BYTES_PER_SECOND = 64

/** An unused connection to an origin is kept so long; stores keep theirs 5 to 75 s. */
export const ORIGIN_KEEP_ALIVE_MS = 15_000

/**
 * Bytes of a stored body in memory that are handed to a client's socket before waiting for it to
 * drain. Fewer system calls per byte: 64 MiB cost 25 ms of CPU by single chunks, 17 by 2 MiB, 15 to
 * 16 by 4. The chunks are shared with the tier, so what waits in sockets costs little more.
 */
export const WIRE_BATCH_BYTES = 4 * 1024 * 1024

/** The same for a body that is still arriving, whose chunks may soon be in no tier any more. */
export const WIRE_LIVE_BATCH_BYTES = 1024 * 1024

/** The same for chunks copied from disk, of which every reader has its own. */
export const WIRE_COLD_BATCH_BYTES = 512 * 1024

/** A client has so long for its header section, and to the admin listener for its whole request. */
export const CLIENT_HEAD_MS = 10_000
export const CLIENT_REQUEST_MS = 30_000

/**
 * The body of a request may take as long as it likes, but in each period so many bytes a second
 * have to come on average: as much as is asked of origins.
 */
export const CLIENT_BODY_MS = 30_000
export const CLIENT_BODY_BYTES_PER_SECOND = 64

/** Bytes of a request's body that wait for its origin, beside those in the sockets. */
export const REQUEST_WINDOW_BYTES = 256 * 1024

export const CLIENT_CHECK_MS = 1000

/**
 * An idle connection is kept for so long. Longer than the 60 s of the load balancers in front, so
 * that it is never we who close a connection that they are just about to use.
 */
export const CLIENT_IDLE_MS = 65_000

/** A client that takes no byte for so long is cut. As nginx's send_timeout, and then some. */
export const CLIENT_STALL_MS = 120_000

/**
 * Answers of one connection that may wait for the one before them. Browsers never pipeline,
 * libraries that do send a few dozen.
 */
export const CLIENT_PIPELINE = 64

/** Connections to the admin listener: a few scrapers and whoever looks at it by hand. */
export const ADMIN_CONNECTIONS = 64

/** Body of a request to the admin listener: a head as long as any that is served fits in twice. */
export const QUESTION_BYTES = 64 * 1024

/**
 * A configuration that is being written to is looked at again after so long, and loaded once two
 * looks agree: editors truncate and write, or write beside and rename, within a few ms.
 */
export const CONFIG_SETTLE_MS = 100

/** `haulout reload` waits so long for the answer: 10,000 routes take a second. */
export const RELOAD_ANSWER_MS = 60_000

/** Scrapes under way at the end may take so long; one takes a few ms. */
export const ADMIN_CLOSE_MS = 1000

/** A ban expression: as long as a line that a person can read, and nested no deeper. */
export const BAN_EXPRESSION_CHARACTERS = 4096
export const BAN_EXPRESSION_DEPTH = 16

/**
 * Bans that are kept at a time. Looking a stored response up for the first time after as many new
 * ones takes 10 ms; they are retired within a minute.
 */
export const BANS = 100_000

/** How long a command waits until a ban is durable: a disk that is very busy takes seconds. */
export const BAN_ANSWER_MS = 30_000

/** What one purge may name: all of it is one write to the journal. */
export const PURGE_TARGETS = 1000

/** Bans older than this are retired, after all that they concern has been looked for. */
export const BAN_RETIRE_AFTER_MS = 10_000

/** What is looked at for that in one turn of the loop: 64 heads from disk take about 1 ms. */
export const LURK_ENTRIES = 64

/** Pause after each such turn: whatever is stored, retiring takes a tenth of a core at most. */
export const LURK_PAUSE_MS = 10
