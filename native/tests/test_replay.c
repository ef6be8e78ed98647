/* Captures: what is read back, what is refused and where, and whatever a mutated file leads to. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gen/random.h"
#include "../gen/replay.h"

#define FILE_BYTES 8192u
#define MUTATIONS 3000u

static char path[] = "/tmp/netvm-replay-XXXXXX";
static char error[256];

/* A capture file in memory. */
struct capture {
	uint8_t bytes[FILE_BYTES];
	uint32_t n;
	int swapped;
};

static void put(struct capture *c, uint32_t value, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		c->bytes[c->n++] = (uint8_t)(value >> 8 * (c->swapped ? bytes - 1 - i : i));
}

static struct capture begin(uint32_t magic, uint32_t link, int swapped)
{
	struct capture c = {.swapped = swapped};
	put(&c, magic, 4);
	put(&c, 2, 2);
	put(&c, 4, 2);
	put(&c, 0, 4);
	put(&c, 0, 4);
	put(&c, 65535, 4);
	put(&c, link, 4);
	return c;
}

static void record(struct capture *c, uint32_t seconds, uint32_t fraction, const uint8_t *frame, uint32_t kept, uint32_t length)
{
	put(c, seconds, 4);
	put(c, fraction, 4);
	put(c, kept, 4);
	put(c, length, 4);
	memcpy(c->bytes + c->n, frame, kept);
	c->n += kept;
}

static int load_bytes(struct replay *r, const uint8_t *bytes, uint32_t n, int recorded, int tag)
{
	FILE *out = fopen(path, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(out);
	struct replay_request request = {.file = path, .recorded = recorded, .tag = tag};
	error[0] = 0;
	return replay_load(r, &request, error);
}

static int load(struct replay *r, const struct capture *c, int recorded, int tag)
{
	return load_bytes(r, c->bytes, c->n, recorded, tag);
}

/* The generator's own frames serve as what was recorded, with a right UDP checksum where it is IPv6. */
static uint32_t own_frame(uint8_t *frame, uint32_t ip_version, uint32_t vlans, uint32_t size, uint64_t content)
{
	static const uint16_t ids[] = {1, 2};
	struct frame_layout l = frame_layout_of(ip_version, ids, vlans);
	struct frame_template t = frame_template_of(&l, size - 4);
	struct frame_flow flow = frame_flow_of(&l, 5);
	struct frame_payload payload = {7, content, content * 3};
	frame_write(&l, &t, &flow, &payload, frame);
	return size - 4;
}

static void frames_and_times_come_back_as_recorded(void **state)
{
	(void)state;
	static const struct {
		uint32_t magic;
		int swapped;
		uint32_t fraction;
	} formats[] = {{0xa1b2c3d4, 0, 1500}, {0xa1b2c3d4, 1, 1500}, {0xa1b23c4d, 0, 1500000}, {0xa1b23c4d, 1, 1500000}};
	uint8_t frame[FRAME_ROOM_BYTES], back[FRAME_ROOM_BYTES];
	struct frame_payload payload = {0};
	for (size_t i = 0; i < 4; i++) {
		struct replay r;
		struct capture c = begin(formats[i].magic, 1, formats[i].swapped);
		record(&c, 100, 0, frame, own_frame(frame, 4, 0, 1518, 1), 1514);
		record(&c, 100, formats[i].fraction, frame, 42, 42);
		assert_int_equal(load(&r, &c, 1, 0), 0);
		assert_int_equal(r.n, 2);
		assert_int_equal(r.tagged, 0);
		assert_int_equal(r.times_ns[1], 1500000);
		memset(back, 0xa5, sizeof back);
		replay_write(&r, &r.frames[0], &payload, back);
		assert_memory_equal(back, frame, 1514);
		replay_write(&r, &r.frames[1], &payload, back);
		assert_int_equal(r.frames[1].length, 60); /* padded, as every port does */
		assert_memory_equal(back, frame, 42);
		for (uint32_t k = 42; k < 60; k++)
			assert_int_equal(back[k], 0);
		replay_free(&r);
	}
}

static void refused(const struct capture *c, int recorded, const char *why)
{
	struct replay r;
	assert_int_equal(load(&r, c, recorded, 0), -1);
	if (!strstr(error, why) || strncmp(error, path, strlen(path)) != 0)
		print_error("expected \"%s\" in \"%s\"\n", why, error);
	assert_non_null(strstr(error, why));
	assert_int_equal(strncmp(error, path, strlen(path)), 0);
	assert_null(r.bytes);
}

static void what_is_no_frame_for_this_wire_is_refused_with_its_place(void **state)
{
	(void)state;
	uint8_t frame[2048] = {0};
	struct capture good = begin(0xa1b2c3d4, 1, 0), c;
	record(&good, 100, 0, frame, 60, 60);

	c = begin(0xa1b2c3d4, 1, 0);
	refused(&c, 0, "it has no packets");
	c = begin(0xa1b2c3d4, 101, 0);
	record(&c, 1, 0, frame, 60, 60);
	refused(&c, 0, "not of Ethernet");
	c = good;
	c.bytes[0] = 0;
	refused(&c, 0, "unknown file format");
	c = good;
	record(&c, 100, 0, frame, 0, 0);
	refused(&c, 0, "record 2 at byte 100: it is empty");
	c = good;
	record(&c, 100, 0, frame, 13, 13);
	refused(&c, 0, "record 2 at byte 100: it has 13 bytes; an Ethernet frame has at least 14");
	c = good;
	record(&c, 100, 0, frame, 1515, 1515);
	refused(&c, 0, "record 2 at byte 100: it has 1515 bytes; this wire carries at most 1514");
	c = good;
	record(&c, 100, 0, frame, 96, 1514);
	refused(&c, 0, "record 2 at byte 100: 96 of 1514 bytes were captured");
	c = good;
	record(&c, 100, 0, frame, 60, 60);
	c.n -= 7;
	refused(&c, 0, "record 2 at byte 100: truncated");
	c = good;
	c.n += 5;
	refused(&c, 0, "record 2 at byte 100: truncated");
	c = good;
	put(&c, 0, 4);
	put(&c, 0, 4);
	put(&c, 0x7fffffff, 4);
	put(&c, 0x7fffffff, 4);
	refused(&c, 0, "record 2 at byte 100: "); /* a giant */
}

static void times_count_only_where_they_are_used(void **state)
{
	(void)state;
	uint8_t frame[60] = {0};
	struct replay r;
	struct capture good = begin(0xa1b2c3d4, 1, 0), c;
	record(&good, 100, 0, frame, 60, 60);
	refused(&good, 1, "have no times to go by");
	c = good;
	record(&c, 99, 999999, frame, 60, 60);
	refused(&c, 1, "record 2 at byte 100: its time is before");
	assert_int_equal(load(&r, &c, 0, 0), 0);
	replay_free(&r);
	c = good;
	record(&c, 701, 0, frame, 60, 60);
	refused(&c, 1, "more than 600 s");
}

static void a_file_that_is_none_is_refused(void **state)
{
	(void)state;
	struct replay r;
	struct replay_request request = {.file = "/nonexistent/x.pcap"};
	assert_int_equal(replay_load(&r, &request, error), -1);
	assert_string_equal(error, "/nonexistent/x.pcap: No such file or directory");
	request.file = "/tmp";
	assert_int_equal(replay_load(&r, &request, error), -1);
	assert_string_equal(error, "/tmp: it is not a plain file");
}

/* Recorded UDP over IPv6, any parity, any tags: our bytes go over its end, and the checksum stays right. */
static void a_tag_goes_over_the_end_and_the_checksum_stays_right(void **state)
{
	(void)state;
	uint8_t frame[FRAME_ROOM_BYTES], back[FRAME_ROOM_BYTES];
	for (uint32_t vlans = 0; vlans <= 2; vlans++) {
		for (uint32_t size = 110; size < 140; size++) {
			struct replay r;
			struct capture c = begin(0xa1b2c3d4, 1, 0);
			uint32_t length = own_frame(frame, 6, vlans, size, 0x1234567890abcdefull + size), l4 = 14 + 4 * vlans + 40;
			record(&c, 1, 0, frame, length, length);
			assert_int_equal(load(&r, &c, 0, 1), 0);
			assert_int_equal(r.tagged, 1);
			struct frame_payload sent = {0xbeef, 0xfedcba9876543210ull * size, size}, got;
			replay_write(&r, &r.frames[0], &sent, back);
			memcpy(&got, back + replay_tag_at(length), sizeof got);
			assert_memory_equal(&got, &sent, sizeof sent);
			uint8_t rest[8] = {0, 0, 0, (uint8_t)(length - l4), 0, 0, 0, 17};
			assert_int_equal(frame_fold((uint64_t)frame_sum(back + l4 - 32, 32) + frame_sum(rest, 8) +
						    frame_sum(back + l4, length - l4)),
					 0xffff);
			replay_free(&r);
		}
	}
}

/* Headers end where our bytes would have to begin, a fragment, padding behind the packet, no IP: only counted. */
static void a_frame_without_room_is_sent_as_it_is(void **state)
{
	(void)state;
	uint8_t frame[FRAME_ROOM_BYTES], back[FRAME_ROOM_BYTES];
	for (int i = 0; i < 5; i++) {
		struct replay r;
		struct capture c = begin(0xa1b2c3d4, 1, 0);
		struct frame_payload payload = {1, 2, 3};
		uint32_t length = own_frame(frame, 4, 0, 128, 9);
		switch (i) {
		case 0: frame[16] = 0, frame[17] = 100; break;       /* the packet ends before the frame */
		case 1: frame[20] = 0x20; break;                     /* more fragments */
		case 2: frame[12] = 0x08, frame[13] = 0x06; break;   /* ARP */
		case 3: frame[23] = 1; break;                        /* ICMP */
		case 4: frame[23] = 6, frame[46] = 0xf0; break;      /* a TCP header of 60 bytes: it ends 30 before the frame's end */
		}
		record(&c, 1, 0, frame, length, length);
		assert_int_equal(load(&r, &c, 0, 1), 0);
		assert_int_equal(r.tagged, i == 4);
		replay_write(&r, &r.frames[0], &payload, back);
		assert_int_equal(memcmp(back, frame, length) == 0, i != 4);
		replay_free(&r);
	}
	struct replay r;
	struct capture c = begin(0xa1b2c3d4, 1, 0);
	record(&c, 1, 0, frame, own_frame(frame, 4, 0, 64, 9) - 1, 59);
	assert_int_equal(load(&r, &c, 0, 1), 0);
	assert_int_equal(r.tagged, 0);
	replay_free(&r);
}

static void a_tag_is_one_that_no_other_frame_has(void **state)
{
	(void)state;
	struct replay r;
	struct capture c = begin(0xa1b2c3d4, 1, 0);
	for (uint16_t tag = 500; tag < 510; tag++) {
		uint8_t frame[60] = {0};
		memcpy(frame + replay_tag_at(60), &tag, 2);
		record(&c, 1, 0, frame, 60, 60);
	}
	assert_int_equal(load(&r, &c, 0, 1), 0);
	assert_int_equal(replay_free_tag(&r, 499), 499);
	assert_int_equal(replay_free_tag(&r, 500), 510);
	memset(r.taken_tags, 0xff, 8192);
	assert_int_equal(replay_free_tag(&r, 0), -1);
	replay_free(&r);
}

/* What any reader of it may do with a file that was loaded: all within bounds, or the sanitizer says so. */
static void use(struct replay *r)
{
	static uint8_t frame[FRAME_ROOM_BYTES];
	struct frame_payload payload = {1, 2, 3};
	for (uint32_t i = 0; i < r->n; i++) {
		assert_in_range(r->frames[i].length, 60, 1514);
		assert_true(r->frames[i].tag_at == 0 || r->frames[i].tag_at + FRAME_PAYLOAD_BYTES <= r->frames[i].length);
		replay_write(r, &r->frames[i], &payload, frame);
	}
}

/* pcapng: a section, an interface, two packets. */
static struct capture as_pcapng(void)
{
	struct capture c = {0};
	uint8_t frame[FRAME_ROOM_BYTES];
	uint32_t length = own_frame(frame, 6, 1, 120, 4);
	static const uint32_t head[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28, 1, 20, 1, 65535, 20};
	for (size_t i = 0; i < sizeof head / sizeof head[0]; i++)
		put(&c, head[i], 4);
	for (uint32_t k = 0; k < 2; k++) {
		const uint32_t block[] = {6, 32 + length, 0, 0, 1000 * k, length, length};
		for (size_t i = 0; i < sizeof block / sizeof block[0]; i++)
			put(&c, block[i], 4);
		memcpy(c.bytes + c.n, frame, length);
		c.n += length;
		put(&c, 32 + length, 4);
	}
	return c;
}

static void pcapng_is_read_too(void **state)
{
	(void)state;
	struct replay r;
	struct capture c = as_pcapng();
	assert_int_equal(load(&r, &c, 1, 1), 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.tagged, 2);
	assert_int_equal(r.times_ns[1], 1000000);
	use(&r);
	replay_free(&r);
}

/* Bytes changed, cut off or doubled at random, the same ones in every run. */
static void a_mutated_file_is_read_within_bounds_or_refused(void **state)
{
	(void)state;
	uint8_t frame[FRAME_ROOM_BYTES];
	struct capture pcap = begin(0xa1b23c4d, 1, 0), pcapng = as_pcapng();
	for (uint32_t k = 0; k < 6; k++) {
		uint32_t length = own_frame(frame, k % 2 ? 4 : 6, k % 3, 100 + k * 37, k);
		record(&pcap, 100 + k, k, frame, length, length);
	}
	uint64_t random = 20241124;
	uint32_t loaded = 0;
	for (uint32_t i = 0; i < MUTATIONS; i++) {
		struct capture c = i % 2 ? pcap : pcapng;
		struct replay r;
		uint32_t changes = 1 + (uint32_t)(random_next(&random) % 4);
		for (uint32_t k = 0; k < changes; k++) {
			uint64_t draw = random_next(&random);
			/* Half of them among the first bytes, where the headers are. */
			uint32_t at = (uint32_t)(draw >> 32) % (draw & 256 ? 80 : c.n);
			c.bytes[at] = draw & 512 ? (uint8_t)draw : (uint8_t)(c.bytes[at] ^ 1u << draw % 8);
		}
		if (i % 5 == 0)
			c.n = (uint32_t)(random_next(&random) % c.n);
		if (load(&r, &c, i % 3 == 0, i % 7 != 0) == 0) {
			use(&r);
			loaded++;
			replay_free(&r);
		} else {
			assert_int_equal(strncmp(error, path, strlen(path)), 0);
		}
	}
	assert_in_range(loaded, MUTATIONS / 20, MUTATIONS * 19 / 20); /* some of each, or it tests one way only */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_and_times_come_back_as_recorded),
		cmocka_unit_test(what_is_no_frame_for_this_wire_is_refused_with_its_place),
		cmocka_unit_test(times_count_only_where_they_are_used),
		cmocka_unit_test(a_file_that_is_none_is_refused),
		cmocka_unit_test(a_tag_goes_over_the_end_and_the_checksum_stays_right),
		cmocka_unit_test(a_frame_without_room_is_sent_as_it_is),
		cmocka_unit_test(a_tag_is_one_that_no_other_frame_has),
		cmocka_unit_test(pcapng_is_read_too),
		cmocka_unit_test(a_mutated_file_is_read_within_bounds_or_refused),
	};
	int fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	int failed = cmocka_run_group_tests_name("replay", tests, NULL, NULL);
	unlink(path);
	return failed;
}
