#include "icmp.h"

#include <string.h>

#include "../../abi/checksum.h"

#define ICMP_BYTES 8u
#define HOP_LIMIT 64u

/* Errors answer neither errors, nor what went to many, nor what does not say who sent it. */
static int may_answer_v4(const uint8_t *frame, const struct netvm_headers *h)
{
	const uint8_t *ip = frame + h->l3;
	if ((frame[0] & 1) || h->l4 == 0 || ip[16] >= 224 || ip[12] >= 224 || ip[12] == 127 || ip[12] == 0)
		return 0;
	uint8_t type = frame[h->l4];
	return h->protocol != NETVM_ICMP || type == 0 || type == 8 || type >= 13;
}

static int may_answer_v6(const uint8_t *frame, const struct netvm_headers *h)
{
	static const uint8_t unspecified[16];
	const uint8_t *ip = frame + h->l3;
	if ((frame[0] & 1) || h->l4 == 0 || ip[24] == 0xff || ip[8] == 0xff || memcmp(ip + 8, unspecified, 16) == 0)
		return 0;
	return h->protocol != NETVM_ICMPV6 || frame[h->l4] >= 128;
}

/* Back to the station that sent it to us. */
static void swap_macs(uint8_t *frame)
{
	uint8_t mac[6];
	memcpy(mac, frame, 6);
	memmove(frame, frame + 6, 6);
	memcpy(frame + 6, mac, 6);
}

/* As much of the packet as RFC 1812 asks for and the frame has room for: header and 8 bytes at least, 576 in all at most. */
static int turn_v4(uint8_t *frame, uint32_t length, const struct netvm_headers *h, enum icmp_error what,
		   const struct icmp_source *from)
{
	const uint32_t own = NETVM_IPV4_MIN_BYTES + ICMP_BYTES;
	uint32_t room = length - h->l3, least = (uint32_t)(h->l4 - h->l3) + 8, quoted = (uint32_t)(h->end - h->l3);
	if (room < own + least)
		return 0;
	if (quoted > 576 - own)
		quoted = 576 - own;
	if (quoted > room - own)
		quoted = room - own;
	uint8_t *ip = frame + h->l3, *icmp = ip + NETVM_IPV4_MIN_BYTES, sender[4];
	memcpy(sender, ip + 12, 4);
	memmove(ip + own, ip, quoted);
	memset(ip, 0, own);
	ip[0] = 0x45;
	ip[1] = 0xc0; /* internetwork control, RFC 1812 section 4.3.2.5 */
	netvm_put16(ip + 2, own + quoted);
	ip[8] = HOP_LIMIT;
	ip[9] = NETVM_ICMP;
	memcpy(ip + 12, from->v4, 4);
	memcpy(ip + 16, sender, 4);
	netvm_put16(ip + 10, (uint16_t)~netvm_fold(netvm_sum(0, ip, NETVM_IPV4_MIN_BYTES)));
	icmp[0] = what == ICMP_TIME_EXCEEDED ? 11 : 3; /* code 0: in transit; network unreachable */
	netvm_put16(icmp + 2, (uint16_t)~netvm_fold(netvm_sum(0, icmp, ICMP_BYTES + quoted)));
	return 1;
}

static int turn_v6(uint8_t *frame, uint32_t length, const struct netvm_headers *h, enum icmp_error what,
		   const struct icmp_source *from)
{
	const uint32_t own = NETVM_IPV6_BYTES + ICMP_BYTES;
	uint32_t room = length - h->l3, least = NETVM_IPV6_BYTES + 8, quoted = (uint32_t)(h->end - h->l3);
	if (room < own + least)
		return 0;
	if (quoted > 1280 - own)
		quoted = 1280 - own;
	if (quoted > room - own)
		quoted = room - own;
	uint8_t *ip = frame + h->l3, *icmp = ip + NETVM_IPV6_BYTES, sender[16];
	memcpy(sender, ip + 8, 16);
	memmove(ip + own, ip, quoted);
	memset(ip, 0, own);
	ip[0] = 0x60;
	netvm_put16(ip + 4, ICMP_BYTES + quoted);
	ip[6] = NETVM_ICMPV6;
	ip[7] = HOP_LIMIT;
	memcpy(ip + 8, from->v6, 16);
	memcpy(ip + 24, sender, 16);
	icmp[0] = what == ICMP_TIME_EXCEEDED ? 3 : 1; /* code 0: hop limit; no route */
	uint64_t pseudo = netvm_sum(NETVM_ICMPV6 + ICMP_BYTES + quoted, ip + 8, 32);
	netvm_put16(icmp + 2, (uint16_t)~netvm_fold(netvm_sum(pseudo, icmp, ICMP_BYTES + quoted)));
	return 1;
}

int icmp_turn_around(uint8_t *frame, uint32_t length, const struct netvm_headers *h, enum icmp_error what,
		     const struct icmp_source *from)
{
	int turned = 0;
	if (h->version == 4 && from->has_v4 && may_answer_v4(frame, h))
		turned = turn_v4(frame, length, h, what, from);
	else if (h->version == 6 && from->has_v6 && may_answer_v6(frame, h))
		turned = turn_v6(frame, length, h, what, from);
	if (turned)
		swap_macs(frame);
	return turned;
}
