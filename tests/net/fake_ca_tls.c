/* The scripted CA: blocking TLS, one thread a connection. */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "acme/openssl.h"
#include "tests/net/fake_ca_inside.h"

/* ---- connections ------------------------------------------------------------ */

static bool
read_until(SSL *ssl, char *buffer, size_t *len, size_t want, const char *mark)
{
	while (mark != NULL ? strstr(buffer, mark) == NULL : *len < want) {
		int n = SSL_read(ssl, buffer + *len, (int)(MAX_REQUEST - 1 - *len));

		if (n <= 0)
			return false;
		*len += (size_t)n;
		buffer[*len] = '\0';
	}
	return true;
}

static bool
read_request(SSL *ssl, struct request *r)
{
	char *buffer = arena_alloc(r->arena, MAX_REQUEST), *end, *space;
	size_t len = 0, head_len, body_len;
	const char *length;

	if (!read_until(ssl, buffer, &len, 0, "\r\n\r\n"))
		return false;
	end = strstr(buffer, "\r\n\r\n");
	head_len = (size_t)(end - buffer) + 4;
	r->head = arena_strndup(r->arena, buffer, head_len);
	length = fake_ca_header(r, "content-length");
	body_len = length != NULL ? (size_t)strtol(length, NULL, 10) : 0;
	if (!read_until(ssl, buffer, &len, head_len + body_len, NULL))
		return false;
	r->body = arena_strndup(r->arena, buffer + head_len, body_len);
	r->method = arena_strndup(r->arena, buffer, strcspn(buffer, " "));
	space = buffer + strlen(r->method) + 1;
	r->path = arena_strndup(r->arena, space, strcspn(space, " "));
	r->resource = fake_ca_resource(r->path);
	return true;
}

static bool
write_some(struct fake_ca *ca, SSL *ssl, const char *bytes, size_t len)
{
	int n = len != 0 ? SSL_write(ssl, bytes, (int)len) : 0;

	pthread_mutex_lock(&ca->lock);
	ca->sent += n > 0 ? (size_t)n : 0;
	pthread_mutex_unlock(&ca->lock);
	return n == (int)len;
}

/* Waits for a part of a second, or until the CA ends. */
static bool
pause_for(struct fake_ca *ca, int part)
{
	struct timespec until;
	bool goes_on;

	timespec_get(&until, TIME_UTC);
	until.tv_nsec += 1000000000 / part;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&ca->lock);
	while (!ca->stopping && pthread_cond_timedwait(&ca->changed, &ca->lock, &until) == 0)
		;
	goes_on = !ca->stopping;
	pthread_mutex_unlock(&ca->lock);
	return goes_on;
}

static bool
write_bytes(struct fake_ca *ca, SSL *ssl, const char *bytes, size_t len, int drips)
{
	if (drips == 0)
		return write_some(ca, ssl, bytes, len);
	for (size_t i = 0; i < len; i++)
		if (!write_some(ca, ssl, bytes + i, 1) || !pause_for(ca, drips))
			return false;
	return true;
}

static void
reset(SSL *ssl)
{
	struct linger hard = { 1, 0 };

	setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	/* close() alone resets, and the descriptor must stay ours. */
	(void)connect(SSL_get_fd(ssl), &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr));
}

static bool
serve_one(struct fake_ca *ca, SSL *ssl)
{
	auto_arena *arena = arena_new(16 << 20);
	struct request r = { .ca = ca, .arena = arena };
	struct reply reply;

	if (!read_request(ssl, &r))
		return false;
	pthread_mutex_lock(&ca->lock);
	reply = fake_ca_reply(&r);
	pthread_mutex_unlock(&ca->lock);
	if (reply.resets)
		reset(ssl);
	if (reply.bytes == NULL || !write_bytes(ca, ssl, reply.bytes, reply.len, reply.drips))
		return false;
	while (reply.again != NULL)
		if (!write_bytes(ca, ssl, reply.again, strlen(reply.again), reply.drips))
			return false;
	return !reply.closes;
}

struct connection {
	struct fake_ca *ca;
	int		socket;
};

static void *
serve_connection(void *arg)
{
	struct connection c = *(struct connection *)arg;
	SSL *ssl = SSL_new(c.ca->tls);

	free(arg);
	SSL_set_fd(ssl, c.socket);
	if (SSL_accept(ssl) == 1) {
		while (serve_one(c.ca, ssl))
			;
	} else {
		pthread_mutex_lock(&c.ca->lock);
		c.ca->strangers++;
		pthread_mutex_unlock(&c.ca->lock);
	}
	SSL_free(ssl);
	shutdown(c.socket, SHUT_RDWR);
	return NULL;
}

static void *
accept_all(void *arg)
{
	struct fake_ca *ca = arg;

	for (;;) {
		int s = accept4(ca->listener, NULL, NULL, SOCK_CLOEXEC);
		struct connection *c;

		if (s < 0)
			return NULL;
		pthread_mutex_lock(&ca->lock);
		assert(ca->connection_count < MAX_CONNECTIONS);
		c = xcalloc(1, sizeof *c);
		*c = (struct connection){ ca, s };
		ca->sockets[ca->connection_count] = s;
		pthread_create(&ca->connections[ca->connection_count++], NULL, serve_connection, c);
		pthread_mutex_unlock(&ca->lock);
	}
}

/* ---- beginning and end ------------------------------------------------------ */

static void
make_identity(struct fake_ca *ca, const struct fake_identity *it)
{
	auto_pkey *key = EVP_EC_gen("P-256");
	auto_x509 *x = X509_new();
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
	    it->alt_names != NULL ? it->alt_names : "IP:127.0.0.1,DNS:localhost");
	auto_bio *out = NULL;
	int fd;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), it->has_expired ? -1800 : 86400);
	X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8, (const unsigned char *)"fake ca", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	X509_add_ext(x, san, -1);
	X509_EXTENSION_free(san);
	X509_sign(x, key, EVP_sha256());
	ca->tls = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ca->tls, x);
	SSL_CTX_use_PrivateKey(ca->tls, key);
	if (it->speaks_tls_1_1)
		SSL_CTX_set_max_proto_version(ca->tls, TLS1_1_VERSION);
	snprintf(ca->trust_file, sizeof ca->trust_file, "/tmp/certwright-fake-ca-XXXXXX");
	fd = mkstemp(ca->trust_file);
	assert(fd >= 0);
	out = BIO_new_fd(fd, BIO_CLOSE);
	PEM_write_bio_X509(out, x);
}

struct fake_ca *
fake_ca_new(void)
{
	return fake_ca_new_as(&(struct fake_identity){ 0 });
}

struct fake_ca *
fake_ca_new_as(const struct fake_identity *identity)
{
	struct fake_ca *ca = xcalloc(1, sizeof *ca);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof in;
	int ok;

	ca->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ok = bind(ca->listener, (struct sockaddr *)&in, sizeof in) == 0 && listen(ca->listener, 64) == 0 &&
	    getsockname(ca->listener, (struct sockaddr *)&in, &len) == 0;
	assert(ok);
	snprintf(ca->base, sizeof ca->base, "https://127.0.0.1:%u", ntohs(in.sin_port));
	snprintf(ca->directory, sizeof ca->directory, "%s/dir", ca->base);
	make_identity(ca, identity);
	pthread_mutex_init(&ca->lock, NULL);
	pthread_cond_init(&ca->changed, NULL);
	pthread_create(&ca->acceptor, NULL, accept_all, ca);
	return ca;
}

void
fake_ca_free(struct fake_ca *ca)
{
	pthread_mutex_lock(&ca->lock);
	ca->stopping = true;
	pthread_cond_broadcast(&ca->changed);
	pthread_mutex_unlock(&ca->lock);
	shutdown(ca->listener, SHUT_RDWR);
	pthread_join(ca->acceptor, NULL);
	for (int i = 0; i < ca->connection_count; i++) {
		shutdown(ca->sockets[i], SHUT_RDWR);
		pthread_join(ca->connections[i], NULL);
		close(ca->sockets[i]);
	}
	for (int i = 0; i < RESOURCES; i++) {
		free(ca->seen[i].protected);
		free(ca->seen[i].payload);
		free(ca->seen[i].accept);
	}
	unlink(ca->trust_file);
	close(ca->listener);
	SSL_CTX_free(ca->tls);
	EVP_PKEY_free(ca->account_key);
	free(ca->user_agent);
	free(ca);
}
