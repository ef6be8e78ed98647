/* The proxy itself, without options, clock or bursts: what becomes of one frame. */
#ifndef NETVM_TCPPROXY_PROXY_H
#define NETVM_TCPPROXY_PROXY_H

#include "../common/match.h"
#include "connections.h"

enum proxy_what {
	PROXY_UNTOUCHED, /* not TCP, or not of a protected address and port */
	PROXY_ANSWERED,  /* a SYN, with a cookie */
	PROXY_OPENED,    /* a valid cookie: it became the SYN to the server */
	PROXY_HANDSHAKE, /* the server's answer, and what is said again of either handshake */
	PROXY_SPLICED,
	/* From here on: dropped. */
	PROXY_BAD_COOKIE,
	PROXY_NO_CONNECTION,
	PROXY_TABLE_FULL,
	PROXY_MALFORMED,
	PROXY_UNSUPPORTED, /* parts of a datagram, IP options in a handshake, from protected to protected */
	PROXY_WHATS,
};

struct proxy {
	struct match_prefix protect[2]; /* of IPv4, of IPv6 */
	uint16_t port;               /* 0: all */
	uint16_t mss;                /* told to clients of IPv4; 20 less to those of IPv6, whose header is longer */
	uint64_t cookie_key[2], table_key[2];
	struct connections connections;
};

enum proxy_what proxy_take(struct proxy *p, uint8_t *frame, uint32_t length, uint32_t now_s);

#endif
