/* Rewriting addresses and ports of a packet, with all checksums that cover them. */
#ifndef NETVM_NAT_TRANSLATE_H
#define NETVM_NAT_TRANSLATE_H

#include "../../abi/checksum.h"
#include "../../abi/headers.h"
#include "mappings.h"

#define NAT_SRC 12u /* offset of the address in the IPv4 header */
#define NAT_DST 16u

/* Rewrites one endpoint (NAT_SRC or NAT_DST) of a packet whose transport header is there. ICMP's port is the echo's identifier. */
static inline void nat_rewrite(uint8_t *frame, const struct netvm_headers *h, enum nat_class c, uint32_t which, uint32_t address,
			       uint16_t port)
{
	uint8_t *ip = frame + h->l3, *l4 = frame + h->l4;
	uint8_t *port_at = c == NAT_ICMP ? l4 + 4 : which == NAT_SRC ? l4 : l4 + 2;
	uint8_t *sum_at = c == NAT_TCP ? l4 + 16 : c == NAT_UDP ? l4 + 6 : l4 + 2;
	uint64_t of_address = netvm_change32(netvm_be32(ip + which), address);
	uint64_t of_port = netvm_change16(netvm_be16(port_at), port);
	netvm_put32(ip + which, address);
	netvm_put16(port_at, port);
	netvm_checksum_update(ip + 10, of_address);
	if (c == NAT_UDP && netvm_be16(sum_at) == 0)
		return; /* sent without one */
	netvm_checksum_update(sum_at, c == NAT_ICMP ? of_port : of_address + of_port);
	if (c == NAT_UDP && netvm_be16(sum_at) == 0)
		netvm_put16(sum_at, 0xffff); /* 0 would say that there is none */
}

/* The mappings' class of a protocol, or -1. */
static inline int nat_class_of(uint8_t protocol)
{
	return protocol == NETVM_TCP ? NAT_TCP : protocol == NETVM_UDP ? NAT_UDP : protocol == NETVM_ICMP ? NAT_ICMP : -1;
}

/*
 * An ICMP error that comes in about a packet we sent out (RFC 5508, section 4.2): the packet in it is translated back too,
 * and the error goes to who sent that. Returns 1, or 0 where it is about no mapping of ours.
 */
int nat_error_in(struct nat_table *t, uint8_t *frame, const struct netvm_headers *h, uint32_t public_address, uint32_t now_s);

#endif
