#include "translate.h"

int nat_error_in(struct nat_table *t, uint8_t *frame, const struct netvm_headers *h, uint32_t public_address, uint32_t now_s)
{
	uint8_t *ip = frame + h->l3, *icmp = frame + h->l4, *inner = icmp + 8;
	uint32_t left = (uint32_t)(h->end - h->l4) - 8;
	if (left < NETVM_IPV4_MIN_BYTES)
		return 0;
	uint32_t header = (inner[0] & 0x0fu) * 4u;
	int c = nat_class_of(inner[9]);
	if (inner[0] >> 4 != 4 || header < NETVM_IPV4_MIN_BYTES || header + 8 > left || c < 0 ||
	    netvm_be32(inner + NAT_SRC) != public_address || (netvm_be16(inner + 6) & 0x1fff) != 0)
		return 0;
	uint8_t *port_at = inner + header + (c == NAT_ICMP ? 4 : 0);
	const struct nat_mapping *m = nat_at(t, (enum nat_class)c, netvm_be16(port_at), now_s);
	if (!m)
		return 0;
	/* What the ICMP checksum covers: the inner address, the inner header's checksum, the inner port. */
	uint64_t of_address = netvm_change32(public_address, m->inside);
	uint64_t change = of_address + netvm_change16(netvm_be16(port_at), m->inside_port);
	uint16_t sum = netvm_be16(inner + 10);
	netvm_put32(inner + NAT_SRC, m->inside);
	netvm_put16(port_at, m->inside_port);
	netvm_checksum_update(inner + 10, of_address);
	netvm_checksum_update(icmp + 2, change + netvm_change16(sum, netvm_be16(inner + 10)));
	netvm_checksum_update(ip + 10, of_address);
	netvm_put32(ip + NAT_DST, m->inside);
	return 1;
}
