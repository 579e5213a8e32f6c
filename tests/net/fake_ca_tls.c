/* The scripted CA: blocking TLS, one thread a connection. */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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
serve_one(struct fake_ca *ca, SSL *ssl)
{
	auto_arena *arena = arena_new(16 << 20);
	struct request r = { .ca = ca, .arena = arena };
	bool half;
	char *reply;
	size_t len;

	if (!read_request(ssl, &r))
		return false;
	pthread_mutex_lock(&ca->lock);
	reply = fake_ca_reply(&r, &half);
	pthread_mutex_unlock(&ca->lock);
	if (reply == NULL)
		return false;
	len = half ? strlen(reply) - (strlen(strstr(reply, "\r\n\r\n")) - 4) / 2 : strlen(reply);
	return SSL_write(ssl, reply, (int)len) == (int)len && !half;
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
	if (SSL_accept(ssl) == 1)
		while (serve_one(c.ca, ssl))
			;
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
make_identity(struct fake_ca *ca)
{
	auto_pkey *key = EVP_EC_gen("P-256");
	auto_x509 *x = X509_new();
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
	auto_bio *out = NULL;
	int fd;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8, (const unsigned char *)"fake ca", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	X509_add_ext(x, san, -1);
	X509_EXTENSION_free(san);
	X509_sign(x, key, EVP_sha256());
	ca->tls = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ca->tls, x);
	SSL_CTX_use_PrivateKey(ca->tls, key);
	snprintf(ca->trust_file, sizeof ca->trust_file, "/tmp/certwright-fake-ca-XXXXXX");
	fd = mkstemp(ca->trust_file);
	assert(fd >= 0);
	out = BIO_new_fd(fd, BIO_CLOSE);
	PEM_write_bio_X509(out, x);
}

struct fake_ca *
fake_ca_new(void)
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
	make_identity(ca);
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
