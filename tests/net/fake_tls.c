/* A TLS server with two certificates of its own making. */
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "io/watch.h"
#include "tests/net/servers.h"

struct guest {
	struct guest *next;
	struct fake_tls *server;
	struct watch *watch;
	int fd;
	SSL *ssl;
	char in[4096];
	size_t got;
};

struct fake_tls {
	struct loop *loop;
	SSL_CTX *ctx;
	int fd;
	unsigned port, connections;
	struct watch *watch;
	struct guest *guests;
	char trust_file[64];
	char server_name[256];
};

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static void
add_certificate(struct fake_tls *f, EVP_PKEY *key, const char *name, FILE *trust)
{
	X509 *cert = X509_new();
	char san[300];

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), EVP_PKEY_get_base_id(key));
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	snprintf(san, sizeof(san), "DNS:%s", name);
	add_extension(cert, NID_subject_alt_name, san);
	assert(X509_sign(cert, key, EVP_sha256()) > 0);
	assert(SSL_CTX_use_certificate(f->ctx, cert) == 1 && SSL_CTX_use_PrivateKey(f->ctx, key) == 1);
	PEM_write_X509(trust, cert);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void
drop_guest(struct guest *g)
{
	struct guest **at = &g->server->guests;

	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
	watch_free(g->watch);
	SSL_free(g->ssl);
	close(g->fd);
	free(g);
}

static void
answer_guest(struct guest *g)
{
	static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntls";

	if (strstr(g->in, "\r\n\r\n") == NULL)
		return;
	SSL_write(g->ssl, reply, sizeof(reply) - 1);
	memset(g->in, 0, sizeof(g->in));
	g->got = 0;
}

static void
on_guest(void *arg, bool readable, bool writable)
{
	struct guest *g = arg;
	bool is_shaking = !SSL_is_init_finished(g->ssl);
	const char *name;
	int n;

	(void)readable, (void)writable;
	ERR_clear_error();
	n = is_shaking ? SSL_accept(g->ssl) :
	    SSL_read(g->ssl, g->in + g->got, (int)(sizeof(g->in) - 1 - g->got));
	name = SSL_get_servername(g->ssl, TLSEXT_NAMETYPE_host_name);
	if (name != NULL)
		snprintf(g->server->server_name, sizeof(g->server->server_name), "%s", name);
	if (n > 0 && !is_shaking) {
		g->got += (size_t)n;
		answer_guest(g);
	} else if (n <= 0 && SSL_get_error(g->ssl, n) != SSL_ERROR_WANT_READ) {
		drop_guest(g);
	}
}

static void
on_connection(void *arg, bool readable, bool writable)
{
	struct fake_tls *f = arg;
	int fd = accept4(f->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct guest *g;

	(void)readable, (void)writable;
	if (fd < 0)
		return;
	f->connections++;
	g = xcalloc(1, sizeof(*g));
	g->server = f;
	g->fd = fd;
	g->ssl = SSL_new(f->ctx);
	SSL_set_fd(g->ssl, fd);
	g->next = f->guests;
	f->guests = g;
	g->watch = watch_new(f->loop, fd, on_guest, g);
	watch_for(g->watch, true, false);
}

struct fake_tls *
fake_tls_new(struct loop *loop, const char *name)
{
	struct fake_tls *f = xcalloc(1, sizeof(*f));
	FILE *trust;

	f->loop = loop;
	f->ctx = SSL_CTX_new(TLS_server_method());
	f->server_name[0] = '\0';
	snprintf(f->trust_file, sizeof(f->trust_file), "/tmp/certwright-trust-XXXXXX");
	trust = fdopen(mkstemp(f->trust_file), "w");
	add_certificate(f, EVP_EC_gen("P-256"), name, trust);
	add_certificate(f, EVP_RSA_gen(2048), name, trust);
	fclose(trust);
	f->fd = server_socket(SOCK_STREAM, &f->port);
	f->watch = watch_new(loop, f->fd, on_connection, f);
	watch_for(f->watch, true, false);
	return f;
}

void
fake_tls_free(struct fake_tls *f)
{
	while (f->guests != NULL)
		drop_guest(f->guests);
	watch_free(f->watch);
	close(f->fd);
	SSL_CTX_free(f->ctx);
	unlink(f->trust_file);
	free(f);
}

unsigned
fake_tls_port(const struct fake_tls *f)
{
	return f->port;
}

const char *
fake_tls_trust_file(const struct fake_tls *f)
{
	return f->trust_file;
}

const char *
fake_tls_server_name(const struct fake_tls *f)
{
	return f->server_name;
}

unsigned
fake_tls_connections(const struct fake_tls *f)
{
	return f->connections;
}
