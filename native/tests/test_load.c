/* Requests as they come over the control socket, and the packets that follow from them, on a clock of the test's own. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../gen/load.h"

#define HZ 2.6e9
#define START 1000u

static struct load load;
static struct trial_request request;
static struct control_error error;

#define USUAL "\"pps\":1e6,\"lineRateBps\":1e10,\"durationMs\":100,\"drainMs\":1,\"flows\":64,\"stampEvery\":1"

static int read_text(const char *text)
{
	cJSON *json = cJSON_Parse(text);
	assert_non_null(json);
	error = (struct control_error){0};
	int result = request_read(json, &request, &error);
	cJSON_Delete(json);
	return result;
}

static void what_was_asked_before_still_is_the_same(void **state)
{
	(void)state;
	assert_int_equal(read_text("{\"frameSizeBytes\":64," USUAL "}"), 0);
	assert_int_equal(request.sizes_n, 1);
	assert_int_equal(request.sizes[0], 64);
	assert_int_equal(request.traffic.arrival, ARRIVAL_CONSTANT);
	assert_int_equal(request.traffic.flow_model, FLOWS_CYCLE);
	assert_int_equal(request.traffic.layout.payload, 42);
	assert_int_equal(request.traffic.seed, 1);
	assert_true(request.pps == 1e6);
}

static void as_many_as_a_million_flows_are_read(void **state)
{
	(void)state;
	const char *text = "{\"frameSizeBytes\":64,\"pps\":1,\"lineRateBps\":1e10,\"durationMs\":1,\"drainMs\":1,\"stampEvery\":1,\"flows\":%u}";
	char request_text[256];
	snprintf(request_text, sizeof request_text, text, 1048576);
	assert_int_equal(read_text(request_text), 0);
	assert_int_equal(request.flows, 1048576);
	snprintf(request_text, sizeof request_text, text, 1048577);
	assert_int_equal(read_text(request_text), -1);
	assert_string_equal(error.message, "flows: expected a number from 1 to 1048576");
}

static void every_traffic_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_text("{\"imixSizesBytes\":[96,594,96]," USUAL ",\"traffic\":{\"ip\":6,\"vlan\":[7,4094],"
				   "\"arrival\":{\"burst\":32},\"flowModel\":{\"zipf\":1.1},\"replay\":null,\"seed\":99}}"),
			 0);
	assert_int_equal(request.sizes_n, 3);
	assert_int_equal(request.sizes[1], 594);
	assert_int_equal(request.traffic.layout.payload, 70);
	assert_int_equal(request.traffic.arrival, ARRIVAL_BURST);
	assert_int_equal(request.traffic.burst, 32);
	assert_true(request.traffic.zipf_s == 1.1);
	assert_int_equal(request.traffic.seed, 99);
	assert_int_equal(read_text("{" USUAL ",\"traffic\":{\"flowModel\":{\"churn\":5000},\"replay\":{\"file\":\"/a.pcap\","
				   "\"rate\":\"recorded\",\"tag\":true}}}"),
			 0);
	assert_int_equal(request.traffic.arrival, ARRIVAL_RECORDED);
	assert_string_equal(request.traffic.replay, "/a.pcap");
	assert_true(request.traffic.flows_per_second == 5000);
}

static void what_does_not_make_sense_is_refused_by_the_fields_name(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{"{" USUAL "}", "frameSizeBytes: expected a number from 64 to 1518"},
		{"{\"frameSizeBytes\":63," USUAL "}", "frameSizeBytes: expected a number from 64 to 1518"},
		{"{\"frameSizeBytes\":64.5," USUAL "}", "frameSizeBytes: expected a whole number"},
		{"{\"frameSizeBytes\":64}", "pps: expected a number from 0 to 1000000000"},
		{"{\"frameSizeBytes\":80," USUAL ",\"traffic\":{\"ip\":6}}",
		 "frameSizeBytes: expected at least 84 bytes: 14 of Ethernet, 0 of VLAN tags, 40 of IPv6, 8 of UDP, 18 of ours, 4 of CRC"},
		{"{\"imixSizesBytes\":[1518,64]," USUAL ",\"traffic\":{\"vlan\":[1]}}", "imixSizesBytes: expected at least 68 bytes"},
		{"{\"imixSizesBytes\":[]," USUAL "}", "imixSizesBytes: expected a list of 1 to 4096"},
		{"{\"frameSizeBytes\":64," USUAL ",\"traffic\":7}", "traffic: expected an object"},
		{"{\"frameSizeBytes\":64," USUAL ",\"traffic\":{\"ip\":5}}", "traffic.ip: expected 4 or 6"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"vlan\":[1,2,3]}}", "traffic.vlan: expected a list of at most 2"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"vlan\":[4095]}}", "traffic.vlan: expected a number from 1 to 4094"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"arrival\":\"often\"}}", "traffic.arrival: expected constant, poisson"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"arrival\":{\"burst\":0}}}", "traffic.arrival.burst: expected a number"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"flowModel\":{\"zipf\":0}}}", "traffic.flowModel.zipf: expected a number"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"flowModel\":\"ziph\"}}", "traffic.flowModel: expected cycle"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"seed\":-1}}", "traffic.seed: expected a number"},
		{"{" USUAL ",\"traffic\":{\"replay\":{\"file\":\"a\",\"rate\":\"load\"}}}", "traffic.replay.file: expected an absolute"},
		{"{" USUAL ",\"traffic\":{\"replay\":{\"file\":\"/a\",\"rate\":\"fast\"}}}", "traffic.replay.rate: expected recorded"},
		{"{" USUAL ",\"traffic\":{\"replay\":{\"file\":\"/a\",\"rate\":\"load\",\"tag\":1}}}", "traffic.replay.tag: expected true"},
		{"{" USUAL ",\"traffic\":{\"arrival\":\"poisson\",\"replay\":{\"file\":\"/a\",\"rate\":\"recorded\"}}}",
		 "traffic.arrival: expected none beside traffic.replay.rate recorded"},
		{"{\"frameSizeBytes\":64," USUAL ",\"traffic\":{\"flowmodel\":\"cycle\"}}", "traffic.flowmodel: is not known: expected one of ip,"},
		{"{" USUAL ",\"traffic\":{\"replay\":{\"file\":\"/a\",\"rate\":\"load\",\"tags\":true}}}", "traffic.replay.tags: is not known"},
		{"{" USUAL ",\"traffic\":{\"replay\":7}}", "traffic.replay: expected an object"},
		{"{\"frameSizeBytes\":99," USUAL ",\"traffic\":{\"arrival\":{\"burst\":9,\"gap\":1}}}", "traffic.arrival: expected constant, poisson"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(read_text(cases[i].text), -1);
		if (strncmp(error.message, cases[i].error, strlen(cases[i].error)) != 0)
			print_error("expected \"%s\", got \"%s\"\n", cases[i].error, error.message);
		assert_int_equal(strncmp(error.message, cases[i].error, strlen(cases[i].error)), 0);
		assert_int_equal(error.code, CONTROL_INVALID_PARAMS);
		assert_int_equal(strncmp(error.field, cases[i].error, strlen(error.field)), 0);
		assert_int_equal(cases[i].error[strlen(error.field)], ':');
	}
}

/* Sends a whole trial into one buffer and looks at each frame. Returns how many were stamped. */
static uint64_t send_trial(uint64_t *numbers)
{
	uint8_t frame[FRAME_ROOM_BYTES];
	struct load_burst b;
	uint64_t end = START + (uint64_t)(HZ / 10), stamped = 0;
	load_start(&load, START, end);
	for (uint64_t now = START; now <= end; now += 2600) {
		load_take(&load, now < end - 2600 ? now : end, LOAD_BURST, &b);
		for (uint32_t i = 0; i < b.n; i++) {
			struct frame_payload payload;
			uint32_t length = b.departures[i].length;
			load_write(&load, &b, i, frame);
			memcpy(&payload, frame + load_payload_at(&load, length), sizeof payload);
			assert_true(load_knows(&load, length));
			if (load.replay.n == 0 || payload.tag == load.tag) {
				assert_int_equal(payload.sequence, (*numbers)++);
				stamped += payload.intended_tsc != 0;
			}
		}
	}
	return stamped;
}

static void an_imix_is_sent_in_its_order_and_counted(void **state)
{
	(void)state;
	uint64_t numbers = 0;
	struct load_size sizes[8];
	double bits;
	assert_int_equal(read_text("{\"imixSizesBytes\":[64,64,64,64,64,64,64,594,594,594,594,1518]," USUAL "}"), 0);
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), 0);
	send_trial(&numbers);
	assert_int_equal(numbers, 100000);
	assert_int_equal(load.sent, 100000);
	assert_int_equal(load_sizes(&load, sizes, 8, &bits), 3);
	assert_int_equal(sizes[0].length, 60);
	assert_int_equal(sizes[0].sent, 100000 / 12 * 7 + 4);
	assert_int_equal(sizes[1].sent, 100000 / 12 * 4);
	assert_int_equal(sizes[2].sent, 100000 / 12);
	double wanted = (58335. * 84 + 33332. * 614 + 8333. * 1538) * 8;
	assert_true(fabs(bits - wanted) < 1);
	assert_false(load_knows(&load, 61));
}

static void one_packet_in_so_many_is_stamped(void **state)
{
	(void)state;
	uint64_t numbers = 0;
	assert_int_equal(read_text("{\"frameSizeBytes\":64," USUAL "}"), 0);
	request.stamp_every = 64;
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), 0);
	assert_int_equal(send_trial(&numbers), (100000 + 63) / 64);
}

/* Packets that found no room leave a hole in the numbers. */
static void skipped_packets_are_missed_by_number(void **state)
{
	(void)state;
	struct load_burst b;
	assert_int_equal(read_text("{\"frameSizeBytes\":64," USUAL "}"), 0);
	request.pps = 0;
	request.line_rate_bps = 0;
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), 0);
	load_start(&load, START, START + 1000000);
	assert_int_equal(load_take(&load, START, 64, &b), 64);
	uint8_t frame[FRAME_ROOM_BYTES];
	load_write(&load, &b, 0, frame);
	load_skip(&load, &b, 1);
	assert_int_equal(load.sequence, 64);
	assert_int_equal(load.sent, 64);
}

static void a_trial_of_so_many_packets_ends_with_the_last(void **state)
{
	(void)state;
	uint64_t numbers = 0;
	assert_int_equal(read_text("{\"frameSizeBytes\":64,\"packets\":777," USUAL "}"), 0);
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), 0);
	send_trial(&numbers);
	assert_int_equal(numbers, 777);
	assert_true(load_ended(&load));
}

/* Half of the rate from the middle on: no packet is late or early for the change, and all are when the rate says. */
static void a_rate_changes_without_a_pause(void **state)
{
	(void)state;
	struct load_burst b;
	assert_int_equal(read_text("{\"frameSizeBytes\":64,\"thenPps\":5e5,\"thenDurationMs\":100," USUAL "}"), 0);
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), 0);
	uint64_t middle = START + (uint64_t)(HZ / 10), end = middle + (uint64_t)(HZ / 10), before = 0;
	load_start(&load, START, middle);
	for (uint64_t now = START; now < end; now += 1300) {
		if (before == 0 && now >= middle) {
			before = load.sent;
			load.sequence = before; /* as if all had been written */
			load_change(&load, middle, end);
		}
		load_take(&load, now, LOAD_BURST, &b);
		for (uint32_t i = 0; i < b.n; i++) {
			uint64_t due = load_due(&load, load.sent - b.n + i, 0), intended = b.departures[i].intended;
			assert_true(due <= intended + 1 && intended <= due + 1);
		}
	}
	assert_in_range(before, 99999, 100000);
	assert_in_range(load.sent - before, 49999, 50000);
	assert_int_equal(read_text("{\"frameSizeBytes\":64,\"thenPps\":5e5," USUAL "}"), -1);
	assert_string_equal(error.message, "thenPps: expected with thenDurationMs and a paced pps, and without packets");
}

/* A capture of two UDP frames, one with room for our bytes: half of the packets carry numbers, all are counted. */
static void a_replayed_file_goes_round(void **state)
{
	(void)state;
	static const uint8_t head[24] = {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1};
	char path[] = "/tmp/netvm-load-XXXXXX", text[512];
	struct frame_layout l = frame_layout_of(4, NULL, 0);
	FILE *out = fdopen(mkstemp(path), "wb");
	assert_non_null(out);
	fwrite(head, 1, sizeof head, out);
	for (uint32_t i = 0; i < 2; i++) {
		uint8_t frame[FRAME_ROOM_BYTES];
		uint32_t length = i == 0 ? 200 : 60, at[4] = {10, i * 500, length, length};
		struct frame_template t = frame_template_of(&l, length);
		struct frame_flow flow = frame_flow_of(&l, i);
		struct frame_payload payload = {1, 2, 3};
		frame_write(&l, &t, &flow, &payload, frame);
		frame[23] = i == 0 ? 17 : 1; /* the second is ICMP */
		fwrite(at, 4, 4, out);
		fwrite(frame, 1, length, out);
	}
	fclose(out);
	snprintf(text, sizeof text,
		 "{" USUAL ",\"traffic\":{\"replay\":{\"file\":\"%s\",\"rate\":\"load\",\"tag\":true}}}", path);
	assert_int_equal(read_text(text), 0);
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), 0);
	uint64_t numbers = 0;
	struct load_size sizes[4];
	double bits;
	send_trial(&numbers);
	assert_int_equal(numbers, 50000);
	assert_int_equal(load.sent, 100000);
	assert_int_equal(load_sizes(&load, sizes, 4, &bits), 2);
	assert_int_equal(sizes[0].length, 60);
	assert_int_equal(sizes[0].sent, 50000);
	request.traffic.arrival = ARRIVAL_RECORDED; /* 500 us from one to the next: 2000 packets a second */
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), 0);
	assert_true(fabs(load.intended_pps - 2000) < 1e-6);
	numbers = 0;
	send_trial(&numbers);
	assert_int_equal(load.sent, 200);
	unlink(path);
	assert_int_equal(load_prepare(&load, &request, 7, HZ, &error), -1);
	assert_non_null(strstr(error.message, "No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_asked_before_still_is_the_same),
		cmocka_unit_test(every_traffic_is_read),
		cmocka_unit_test(as_many_as_a_million_flows_are_read),
		cmocka_unit_test(what_does_not_make_sense_is_refused_by_the_fields_name),
		cmocka_unit_test(an_imix_is_sent_in_its_order_and_counted),
		cmocka_unit_test(one_packet_in_so_many_is_stamped),
		cmocka_unit_test(skipped_packets_are_missed_by_number),
		cmocka_unit_test(a_trial_of_so_many_packets_ends_with_the_last),
		cmocka_unit_test(a_rate_changes_without_a_pause),
		cmocka_unit_test(a_replayed_file_goes_round),
	};
	if (load_init(&load) != 0)
		return 1;
	int failed = cmocka_run_group_tests_name("load", tests, NULL, NULL);
	load_free(&load);
	return failed;
}
