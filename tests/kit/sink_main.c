/*
 * A webhook receiver: HTTPS, verifies Standard Webhooks signatures, writes one
 * JSON line a request, answers 200.  It shares no code with certwright, so
 * that both must have understood the signature in the same way by themselves.
 *
 *	sink --port N --certificate PEM --key PEM --log FILE --secrets FILE
 *	     [--control FILE]
 *
 * The secrets file has one whsec_… a line and is read anew for each request;
 * a signature by any of them counts.  A line of the log:
 *	{"at", "path", "id", "timestamp", "verified", "reason", "auth",
 *	 "type", "hostname", "answered", "body"}
 * Trouble, chosen by the URL's path, or for all URLs by the control file's
 * first line as long as it has one:
 *	/fail/N      500 for the first N requests of each webhook-id
 *	/busy/N/S    503 with Retry-After: S for the first N of each webhook-id
 *	/slow/MS     the answer comes after MS milliseconds
 *	/gone        410		/redirect    302
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_BODY	(1 << 20)
#define MAX_SECRET	128
#define TOLERANCE	300	/* seconds; Standard Webhooks, "timestamp" */

struct request {
	char  *body;
	size_t len;
	bool   too_large;
};

/* How often each webhook-id has come; a test sends thousands at most. */
struct seen {
	struct seen *next;
	long	     count;
	char	     id[];
};

struct sink {
	const char	*secrets_path;
	const char	*control_path;	/* or NULL */
	int		 log;
	pthread_mutex_t	 lock;		/* of seen */
	struct seen	*seen[4096];
};

struct trouble {
	int  status;
	long wait_ms;
	long retry_after;
};

static char *
read_file(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	ssize_t n;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && st.st_size < MAX_BODY && (text = calloc(1, (size_t)st.st_size + 1)) != NULL) {
		n = read(fd, text, (size_t)st.st_size);
		text[n > 0 ? n : 0] = '\0';
	}
	close(fd);
	return text;
}

/* -- Is the signature one of ours? ---------------------------------------- */

/* "whsec_" and base64; the number of key bytes, 0 if it is none. */
static size_t
decode_secret(const char *line, size_t len, unsigned char *key)
{
	static const char prefix[] = "whsec_";
	size_t pad = 0;
	int n;

	if (len <= sizeof prefix - 1 || strncmp(line, prefix, sizeof prefix - 1) != 0)
		return 0;
	line += sizeof prefix - 1;
	len -= sizeof prefix - 1;
	if (len % 4 != 0 || len / 4 * 3 > MAX_SECRET)
		return 0;
	pad = (size_t)(line[len - 1] == '=') + (size_t)(line[len - 2] == '=');
	n = EVP_DecodeBlock(key, (const unsigned char *)line, (int)len);
	return n > (int)pad ? (size_t)n - pad : 0;
}

/* "v1,<base64 of HMAC-SHA256(id.timestamp.body)>" */
static void
sign(const unsigned char *key, size_t key_len, const char *id, const char *timestamp,
    const struct request *r, char ret[64])
{
	unsigned char mac[32];
	unsigned int mac_len = sizeof mac;
	size_t head = strlen(id) + strlen(timestamp) + 2;
	unsigned char *text = malloc(head + r->len + 1);

	if (text == NULL)
		abort();
	snprintf((char *)text, head + 1, "%s.%s.", id, timestamp);
	if (r->len > 0)
		memcpy(text + head, r->body, r->len);
	HMAC(EVP_sha256(), key, (int)key_len, text, head + r->len, mac, &mac_len);
	memcpy(ret, "v1,", 3);
	EVP_EncodeBlock((unsigned char *)ret + 3, mac, (int)mac_len);
	free(text);
}

static bool
list_has_signature(const char *list, const char *signature)
{
	size_t want = strlen(signature);

	while (*list != '\0') {
		size_t len = strcspn(list, " ");

		if (len == want && CRYPTO_memcmp(list, signature, len) == 0)
			return true;
		list += len + strspn(list + len, " ");
	}
	return false;
}

static bool
any_secret_signed(const struct sink *s, const struct request *r, const char *id,
    const char *timestamp, const char *signatures)
{
	unsigned char key[MAX_SECRET + 3];
	char *secrets = read_file(s->secrets_path), *line = secrets;
	bool found = false;

	while (line != NULL && *line != '\0' && !found) {
		size_t len = strcspn(line, "\n"), key_len = decode_secret(line, len, key);
		char expected[64];

		if (key_len > 0) {
			sign(key, key_len, id, timestamp, r, expected);
			found = list_has_signature(signatures, expected);
		}
		line += len + (line[len] == '\n');
	}
	free(secrets);
	return found;
}

/* NULL: verified; else why not. */
static const char *
refusal(const struct sink *s, const struct request *r, const char *id, const char *timestamp,
    const char *signatures)
{
	char *end;
	long at;

	if (id == NULL || timestamp == NULL || signatures == NULL)
		return "a webhook- header is missing";
	at = strtol(timestamp, &end, 10);
	if (*timestamp == '\0' || *end != '\0' || labs(at - (long)time(NULL)) > TOLERANCE)
		return "the timestamp is not within five minutes";
	if (!any_secret_signed(s, r, id, timestamp, signatures))
		return "no secret of ours made this signature";
	return NULL;
}

/* -- What trouble was ordered? --------------------------------------------- */

/* Counts this request; how many of this id came before it. */
static long
count_before(struct sink *s, const char *id)
{
	struct seen **slot, *e;
	unsigned hash = 5381;
	long before;

	for (const char *c = id; *c != '\0'; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	pthread_mutex_lock(&s->lock);
	slot = &s->seen[hash % (sizeof s->seen / sizeof *s->seen)];
	for (e = *slot; e != NULL && strcmp(e->id, id) != 0; e = e->next)
		;
	if (e == NULL) {
		if ((e = calloc(1, sizeof *e + strlen(id) + 1)) == NULL)
			abort();
		memcpy(e->id, id, strlen(id) + 1);
		e->next = *slot;
		*slot = e;
	}
	before = e->count++;
	pthread_mutex_unlock(&s->lock);
	return before;
}

static struct trouble
trouble_of(struct sink *s, const char *path, const char *id)
{
	struct trouble t = { .status = MHD_HTTP_OK };
	long before = count_before(s, id == NULL ? "" : id), first = 0, seconds = 1, ms = 0;
	char *control = s->control_path == NULL ? NULL : read_file(s->control_path);

	if (control != NULL && control[0] == '/') {
		control[strcspn(control, "\n")] = '\0';
		path = control;
	}
	if (sscanf(path, "/fail/%ld", &first) == 1 && before < first)
		t.status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	else if (sscanf(path, "/busy/%ld/%ld", &first, &seconds) >= 1 && before < first) {
		t.status = MHD_HTTP_SERVICE_UNAVAILABLE;
		t.retry_after = seconds;
	} else if (sscanf(path, "/slow/%ld", &ms) == 1)
		t.wait_ms = ms;
	else if (strcmp(path, "/gone") == 0)
		t.status = MHD_HTTP_GONE;
	else if (strcmp(path, "/redirect") == 0)
		t.status = MHD_HTTP_FOUND;
	free(control);
	return t;
}

/* -- The log --------------------------------------------------------------- */

static void
write_line(const struct sink *s, const json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	size_t len;

	if (text == NULL)
		abort();
	len = strlen(text);
	text[len] = '\n';	/* one write a line keeps lines whole */
	if (write(s->log, text, len + 1) != (ssize_t)len + 1)
		fprintf(stderr, "sink: could not write the log: %s\n", strerror(errno));
	free(text);
}

static void
set_text(json_t *line, const char *name, const char *value)
{
	json_object_set_new(line, name, value == NULL ? json_null() : json_string(value));
}

static const char *
member(const json_t *body, const char *outer, const char *inner, const char *name)
{
	const json_t *o = json_object_get(body, outer);

	if (inner != NULL)
		o = json_object_get(o, inner);
	return json_string_value(json_object_get(o, name));
}

static void
log_request(const struct sink *s, struct MHD_Connection *c, const char *path,
    const struct request *r, const char *why_not, int answered)
{
	json_t *line = json_object(), *body = json_loadb(r->body == NULL ? "" : r->body, r->len, 0, NULL);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_object_set_new(line, "at", json_real((double)now.tv_sec + (double)now.tv_nsec / 1e9));
	set_text(line, "path", path);
	set_text(line, "id", MHD_lookup_connection_value(c, MHD_HEADER_KIND, "webhook-id"));
	set_text(line, "timestamp", MHD_lookup_connection_value(c, MHD_HEADER_KIND, "webhook-timestamp"));
	json_object_set_new(line, "verified", json_boolean(why_not == NULL));
	set_text(line, "reason", why_not);
	set_text(line, "auth", MHD_lookup_connection_value(c, MHD_HEADER_KIND, "cf-webhook-auth"));
	set_text(line, "type", member(body, "metadata", "event", "type"));
	set_text(line, "hostname", member(body, "data", NULL, "hostname"));
	json_object_set_new(line, "answered", json_integer(answered));
	if (body == NULL)
		body = json_stringn(r->body == NULL ? "" : r->body, r->len);
	json_object_set_new(line, "body", body == NULL ? json_null() : body);
	write_line(s, line);
	json_decref(line);
}

/* -- HTTP ------------------------------------------------------------------ */

static enum MHD_Result
answer(struct MHD_Connection *c, const struct trouble *t)
{
	const char *text = t->status == MHD_HTTP_OK ? "ok\n" : "trouble as ordered\n";
	struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text),
	    (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result done;
	char seconds[24];

	if (t->retry_after > 0) {
		snprintf(seconds, sizeof seconds, "%ld", t->retry_after);
		MHD_add_response_header(r, "Retry-After", seconds);
	}
	if (t->status == MHD_HTTP_FOUND)
		MHD_add_response_header(r, "Location", "/elsewhere");
	done = MHD_queue_response(c, (unsigned)t->status, r);
	MHD_destroy_response(r);
	return done;
}

static void
take_body(struct request *r, const char *bytes, size_t len)
{
	char *grown;

	if (r->too_large || len > MAX_BODY - r->len) {
		r->too_large = true;
		return;
	}
	if ((grown = realloc(r->body, r->len + len)) == NULL)
		abort();
	memcpy(grown + r->len, bytes, len);
	r->body = grown;
	r->len += len;
}

static enum MHD_Result
handle(void *arg, struct MHD_Connection *c, const char *path, const char *method,
    const char *version, const char *bytes, size_t *len, void **state)
{
	struct sink *s = arg;
	struct request *r = *state;
	struct trouble t = { .status = MHD_HTTP_OK };
	const char *id, *why_not;

	(void)version;
	if (r == NULL) {
		*state = calloc(1, sizeof *r);
		return *state == NULL ? MHD_NO : MHD_YES;
	}
	if (*len > 0) {
		take_body(r, bytes, *len);
		*len = 0;
		return MHD_YES;
	}
	if (strcmp(method, "POST") != 0)
		return answer(c, &t);	/* "are you there?" */
	id = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "webhook-id");
	why_not = r->too_large ? "the body is larger than 1 MiB" :
	    refusal(s, r, id, MHD_lookup_connection_value(c, MHD_HEADER_KIND, "webhook-timestamp"),
	    MHD_lookup_connection_value(c, MHD_HEADER_KIND, "webhook-signature"));
	t = trouble_of(s, path, id);
	log_request(s, c, path, r, why_not, t.status);
	if (t.wait_ms > 0)	/* each connection has a thread of its own */
		nanosleep(&(struct timespec){ t.wait_ms / 1000, t.wait_ms % 1000 * 1000000 }, NULL);
	return answer(c, &t);
}

static void
forget(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct request *r = *state;

	(void)arg, (void)c, (void)code;
	if (r != NULL)
		free(r->body);
	free(r);
	*state = NULL;
}

/* -- Command line ---------------------------------------------------------- */

enum { PORT, CERTIFICATE, KEY, LOG, SECRETS, CONTROL, OPTIONS };

static void
read_options(int argc, char **argv, char *value[OPTIONS])
{
	static const struct option options[] = {
		{ "port", required_argument, NULL, PORT },
		{ "certificate", required_argument, NULL, CERTIFICATE },
		{ "key", required_argument, NULL, KEY },
		{ "log", required_argument, NULL, LOG },
		{ "secrets", required_argument, NULL, SECRETS },
		{ "control", required_argument, NULL, CONTROL },
		{ NULL, 0, NULL, 0 },
	};
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o >= OPTIONS)
			exit(2);
		value[o] = optarg;
	}
	for (o = PORT; o < CONTROL; o++)
		if (value[o] == NULL) {
			fprintf(stderr, "sink: --%s is missing\n", options[o].name);
			exit(2);
		}
}

int
main(int argc, char **argv)
{
	char *value[OPTIONS] = { NULL }, *certificate, *key;
	static struct sink s = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct sockaddr_in a = { .sin_family = AF_INET };
	sigset_t stop;
	int got;

	read_options(argc, argv, value);
	s.secrets_path = value[SECRETS];
	s.control_path = value[CONTROL];
	s.log = open(value[LOG], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	certificate = read_file(value[CERTIFICATE]);
	key = read_file(value[KEY]);
	if (s.log < 0 || certificate == NULL || key == NULL) {
		fprintf(stderr, "sink: a file could not be opened: %s\n", strerror(errno));
		return 1;
	}
	a.sin_port = htons((uint16_t)strtol(value[PORT], NULL, 10));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS,
	    0, NULL, NULL, handle, &s, MHD_OPTION_SOCK_ADDR, &a, MHD_OPTION_HTTPS_MEM_CERT, certificate,
	    MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_NOTIFY_COMPLETED, forget, NULL,
	    MHD_OPTION_CONNECTION_TIMEOUT, 60U, MHD_OPTION_END) == NULL) {
		fprintf(stderr, "sink: could not listen at 127.0.0.1:%s\n", value[PORT]);
		return 1;
	}
	sigwait(&stop, &got);
	_exit(0);	/* each line is written already; slow answers are not waited for */
}
