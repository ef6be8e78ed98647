/* ICMP errors about a packet, made of the packet itself. */
#ifndef NETVM_ROUTER_ICMP_H
#define NETVM_ROUTER_ICMP_H

#include "../../abi/headers.h"

enum icmp_error { ICMP_TIME_EXCEEDED, ICMP_NO_ROUTE };

struct icmp_source {
	uint8_t v4[4], v6[16]; /* the router's own addresses, network order */
	uint8_t has_v4, has_v6;
};

/*
 * Turns a frame around in its own buffer into an ICMP (RFC 792) or ICMPv6 (RFC 4443) error about itself, to whoever sent
 * it. Returns 1, or 0 with nothing changed where no error may be sent (RFC 1812, section 4.3.2.7; RFC 4443, section 2.4 e),
 * the router has no address of the family, or the frame is too short to hold the error (it must not grow: 70 bytes without
 * tags for IPv4, 110 for IPv6).
 */
int icmp_turn_around(uint8_t *frame, uint32_t length, const struct netvm_headers *h, enum icmp_error what,
		     const struct icmp_source *from);

#endif
