#include "translate.h"

#include "../common/quoted.h"

/* Changes a header checksum of the packet that an error quotes; returns what that adds to the error's own sum. */
static uint64_t restore_header_sum(uint8_t *at, uint64_t change)
{
	uint16_t was = netvm_be16(at);
	netvm_checksum_update(at, change);
	return netvm_change16(was, netvm_be16(at));
}

static uint64_t restore_transport_sum(uint8_t *at, uint8_t protocol, uint64_t of_address, uint64_t of_port)
{
	uint16_t was = netvm_be16(at);
	nat_change_sum(at, protocol, of_address, of_port);
	return netvm_change16(was, netvm_be16(at));
}

/* What an error quotes becomes what the mapping's owner had sent; returns what all of that adds to the error's own sum. */
static uint64_t restore_quoted(uint8_t *ip, uint8_t version, uint32_t at, uint32_t left, uint8_t protocol, const struct nat_mapping *m)
{
	uint8_t *port_at = nat_port_at(ip + at, protocol, NAT_SRC);
	uint64_t of_port = netvm_change16(netvm_be16(port_at), m->inside_port);
	uint64_t of_address = nat_put_address(ip, version, NAT_SRC, &m->inside), change = of_address + of_port;
	netvm_put16(port_at, m->inside_port);
	if (version == 4)
		change += restore_header_sum(ip + 10, of_address);
	if (at + nat_sum_offset(protocol) + 2 <= left) /* of TCP, errors need not quote so much */
		change += restore_transport_sum(ip + at + nat_sum_offset(protocol), protocol, of_address, of_port);
	return change;
}

int nat_error_in(struct nat_table *t, uint8_t *frame, const struct netvm_headers *h, const struct netvm_address *public_address, uint32_t now_s)
{
	uint8_t *ip = frame + h->l3, *icmp = frame + h->l4, *quoted = icmp + 8, protocol;
	uint32_t left = (uint32_t)(h->end - h->l4) - 8;
	uint32_t at = h->version == 4 ? nf_quoted_ipv4(quoted, left, &protocol) : nf_quoted_ipv6(quoted, left, &protocol);
	if (at == 0)
		return 0;
	int c = nat_class_of(protocol, h->version);
	struct netvm_address from = nat_address(quoted, h->version, NAT_SRC);
	if (c < 0 || !netvm_address_equal(&from, public_address))
		return 0;
	const struct nat_mapping *m = nat_at(t, (enum nat_class)c, netvm_be16(nat_port_at(quoted + at, protocol, NAT_SRC)), now_s);
	if (!m)
		return 0;
	uint64_t change = restore_quoted(quoted, h->version, at, left, protocol, m);
	uint64_t of_address = nat_put_address(ip, h->version, NAT_DST, &m->inside);
	if (h->version == 4)
		netvm_checksum_update(ip + 10, of_address);
	netvm_checksum_update(icmp + 2, h->version == 4 ? change : change + of_address);
	return 1;
}
