/*
 * A TLS handshake to see which certificate is served.  The socket is our own
 * and never blocks; OpenSSL says after each step what it waits for.
 */
#include "io/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/name.h"
#include "io/watch.h"

struct probe {
	struct watch *watch;
	struct timer *timer;	/* the deadline; also brings what failed at once */
	int	      fd;	/* -1: none */
	bool	      is_connected;
	SSL_CTX	     *ctx;
	SSL	     *ssl;
	enum err_code early;	/* ERR_none: nothing failed at once */
	tls_done     *done;
	void	     *arg;
};

/* What a client that takes only this kind of key would offer.  TLS 1.3 looks
 * at the signature algorithms, TLS 1.2 at the cipher suites as well; some
 * servers find their RSA certificate only if PKCS#1 is offered beside PSS. */
static const struct offer {
	const char *signatures;
	const char *suites;
} offers[] = {
	[TLS_ECDSA] = {
		"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512",
		"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305",
	},
	[TLS_RSA] = {
		"RSA-PSS+SHA256:RSA+SHA256:RSA-PSS+SHA384:RSA+SHA384",
		"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305",
	},
};

static void
end_probe(struct probe *p, const unsigned char *leaf, size_t len, const struct err *err)
{
	watch_free(p->watch);
	timer_free(p->timer);
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	if (p->fd >= 0)
		close(p->fd);
	ERR_clear_error();
	p->done(p->arg, leaf, len, err);
	free(p);
}

static void
fail_probe(struct probe *p, enum err_code code, const char *detail)
{
	struct err err = err_new(code, detail);

	end_probe(p, NULL, 0, &err);
}

static void
show_leaf(struct probe *p)
{
	X509 *leaf = SSL_get0_peer_certificate(p->ssl);
	unsigned char *der = NULL;
	int len = leaf == NULL ? -1 : i2d_X509(leaf, &der);

	if (len <= 0)
		fail_probe(p, ERR_http_tls, "the server showed no certificate");
	else
		end_probe(p, der, (size_t)len, NULL);
	OPENSSL_free(der);
}

static void
shake_hands(struct probe *p)
{
	char reason[256];
	unsigned long code;
	int result;

	ERR_clear_error();
	result = SSL_connect(p->ssl);
	if (result == 1) {
		show_leaf(p);
		return;
	}
	switch (SSL_get_error(p->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		watch_for(p->watch, true, false);
		return;
	case SSL_ERROR_WANT_WRITE:
		watch_for(p->watch, false, true);
		return;
	default:
		code = ERR_peek_error();
		ERR_error_string_n(code, reason, sizeof(reason));
		fail_probe(p, ERR_http_tls, code == 0 ? "the connection ended in the handshake" : reason);
	}
}

static void
on_ready(void *arg, bool readable, bool writable)
{
	struct probe *p = arg;
	int failed = 0;
	socklen_t len = sizeof(failed);

	(void)readable, (void)writable;
	if (!p->is_connected) {
		if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &failed, &len) < 0 || failed != 0) {
			fail_probe(p, ERR_http_unreachable, NULL);
			return;
		}
		p->is_connected = true;
	}
	shake_hands(p);
}

static void
on_timer(void *arg)
{
	struct probe *p = arg;

	fail_probe(p, p->early != ERR_none ? p->early : ERR_http_timeout, NULL);
}

static bool
prepare_tls(struct probe *p, const char *server_name, enum tls_key key)
{
	p->ctx = SSL_CTX_new(TLS_client_method());
	if (p->ctx == NULL)
		return false;
	SSL_CTX_set_verify(p->ctx, SSL_VERIFY_NONE, NULL);
	/* We want to see a weak certificate too, to say so. */
	SSL_CTX_set_security_level(p->ctx, 0);
	SSL_CTX_set_quiet_shutdown(p->ctx, 1);
	if (!SSL_CTX_set_min_proto_version(p->ctx, TLS1_2_VERSION) ||
	    !SSL_CTX_set1_sigalgs_list(p->ctx, offers[key].signatures) ||
	    !SSL_CTX_set_cipher_list(p->ctx, offers[key].suites))
		return false;
	p->ssl = SSL_new(p->ctx);
	/* RFC 6066 §3: an address is no server name. */
	return p->ssl != NULL && SSL_set_fd(p->ssl, p->fd) &&
	    (name_is_ip(server_name) || SSL_set_tlsext_host_name(p->ssl, server_name));
}

static bool
start_connecting(struct probe *p, const char *address_port)
{
	struct sockaddr_storage address;
	const struct sockaddr *to = (const struct sockaddr *)&address;

	if (!addr_parse_port(address_port, 443, &address))
		return false;
	p->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return p->fd >= 0 && (connect(p->fd, to, addr_len(to)) == 0 || errno == EINPROGRESS);
}

void
tls_probe(struct loop *loop, const char *address_port, const char *server_name, enum tls_key key,
    int64_t timeout_ms, tls_done *done, void *arg)
{
	struct probe *p = xcalloc(1, sizeof(*p));

	p->fd = -1;
	p->done = done;
	p->arg = arg;
	p->timer = timer_new(loop, on_timer, p);
	if (!start_connecting(p, address_port)) {
		p->early = ERR_http_unreachable;
	} else if (!prepare_tls(p, server_name, key)) {
		p->early = ERR_http_tls;
	} else {
		p->watch = watch_new(loop, p->fd, on_ready, p);
		watch_for(p->watch, false, true);
	}
	timer_start(p->timer, p->early != ERR_none ? 0 : timeout_ms, 0);
}
