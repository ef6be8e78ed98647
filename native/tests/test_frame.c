/* The generator's own frames, of every layout. */
#include "check.h"

#include <string.h>

#include "../abi/flow.h"
#include "packet.h"

static uint32_t be16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

struct kind {
	uint32_t ip_version;
	uint32_t vlans;
	uint32_t least;
};
/* 14 Ethernet, 4 a tag, 20 or 40 IP, 8 UDP, 18 of ours, 4 CRC. */
static const struct kind kinds[] = {{4, 0, 64}, {4, 1, 68}, {4, 2, 72}, {6, 0, 84}, {6, 1, 88}, {6, 2, 92}};
static const uint16_t ids[] = {100, 200};

static struct frame_layout layout_of(const struct kind *k)
{
	return frame_layout_of(k->ip_version, ids, k->vlans);
}

static void the_least_size_has_room_for_headers_and_payload(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct frame_layout l = layout_of(&kinds[i]);
		assert_int_equal(frame_least_bytes(&l), kinds[i].least);
	}
}

/* RFC 8200, 8.1: the sum over pseudo-header, UDP header and payload, checksum included, is all ones. */
static uint32_t udp6_sum(const struct frame_layout *l, const uint8_t *frame, uint32_t length)
{
	uint8_t rest[8] = {0, 0, (uint8_t)((length - l->l4) >> 8), (uint8_t)(length - l->l4), 0, 0, 0, 17};
	return frame_fold((uint64_t)frame_sum(frame + l->ip + 8, 32) + frame_sum(rest, 8) +
			  frame_sum(frame + l->l4, length - l->l4));
}

static void check_headers(const struct frame_layout *l, const uint8_t *frame, uint32_t length)
{
	for (uint32_t v = 0; v < l->vlans; v++) {
		assert_int_equal(be16(frame + 12 + 4 * v), v + 1 < l->vlans ? 0x88a8 : 0x8100);
		assert_int_equal(be16(frame + 14 + 4 * v), ids[v]);
	}
	const uint8_t *ip = frame + l->ip;
	assert_int_equal(be16(ip - 2), l->ip_version == 4 ? 0x0800 : 0x86dd);
	assert_int_equal(ip[0] >> 4, l->ip_version);
	assert_int_equal(l->ip_version == 4 ? ip[9] : ip[6], 17);
	assert_int_equal(l->ip_version == 4 ? be16(ip + 2) : be16(ip + 4) + 40, length - l->ip);
	assert_int_equal(be16(frame + l->l4 + 4), length - l->l4);
	if (l->ip_version == 4)
		assert_int_equal(frame_sum(ip, 20), 0xffff);
	else
		assert_int_equal(udp6_sum(l, frame, length), 0xffff);
}

/* Into a buffer of anything, as those of the wire are; nothing beyond the room is touched. */
static void every_layout_size_and_flow_is_well_formed(void **state)
{
	(void)state;
	uint8_t frame[FRAME_ROOM_BYTES + 1];
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct frame_layout l = layout_of(&kinds[i]);
		for (uint32_t size = kinds[i].least; size <= FRAME_MAX_BYTES; size += size < 200 ? 1 : 131) {
			struct frame_template t = frame_template_of(&l, size - 4);
			for (uint32_t n = 0; n < 40; n++) {
				struct frame_flow flow = frame_flow_of(&l, n * 7919);
				struct frame_payload sent = {(uint16_t)(n * 31), n * 0x123456789abcull, n % 2 ? ~0ull - n : 0}, back;
				memset(frame, 0xa5, sizeof frame);
				frame_write(&l, &t, &flow, &sent, frame);
				check_headers(&l, frame, size - 4);
				memcpy(&back, frame + l.payload, sizeof back);
				assert_memory_equal(&back, &sent, sizeof back);
				for (uint32_t k = l.payload + FRAME_PAYLOAD_BYTES; k < size - 4; k++)
					assert_int_equal(frame[k], 0);
				assert_int_equal(frame[FRAME_ROOM_BYTES], 0xa5);
			}
		}
	}
}

static void flows_are_distinct(void **state)
{
	(void)state;
	uint8_t frame[60];
	struct netvm_flow first, f;
	struct netvm_packet p = udp_packet(frame, 0);
	assert_int_equal(netvm_flow_read(p.data, p.length, &first), 4);
	assert_int_equal(first.protocol, 17);
	assert_int_equal(first.src.low, 0xc6120000);
	for (uint32_t i = 1; i < 200000; i += 97) {
		p = udp_packet(frame, i);
		assert_int_equal(ip_sum(frame), 0xffff);
		assert_int_equal(netvm_flow_read(p.data, p.length, &f), 4);
		assert_false(netvm_flow_equal(&first, &f));
		assert_int_equal((f.src.low - first.src.low) * 49152 + be16(frame + 34) - 1024, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_size_has_room_for_headers_and_payload),
		cmocka_unit_test(every_layout_size_and_flow_is_well_formed),
		cmocka_unit_test(flows_are_distinct),
	};
	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
