#include "replay.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "replay_room.h"

#define LENGTH_MIN (FRAME_MIN_BYTES - FRAME_CRC_BYTES)
#define LENGTH_MAX (FRAME_MAX_BYTES - FRAME_CRC_BYTES)
#define ETHERNET_BYTES 14u
/* Frames begin on cache lines, and a copy may read the whole of its last one. */
#define ALIGN 64u

/* What reading needs beside the result. */
struct reading {
	const struct replay_request *request;
	FILE *in;
	uint32_t records_max; /* that there is room for */
	uint64_t bytes_n, bytes_max;
	uint64_t first_ns, last_ns;
	char *error;
};

static int refuse_file(const struct reading *read, const char *why)
{
	snprintf(read->error, 256, "%.120s: %.120s", read->request->file, why);
	return -1;
}

static int refuse_record(const struct reading *read, uint32_t n, long offset, const char *why)
{
	snprintf(read->error, 256, "%.100s: record %u at byte %ld: %.110s", read->request->file, n + 1, offset, why);
	return -1;
}

static const char *fault_of(const struct pcap_pkthdr *h, char text[128])
{
	if (h->len == 0 || h->caplen == 0)
		return "it is empty; expected an Ethernet frame";
	if (h->len != h->caplen)
		snprintf(text, 128, "%u of %u bytes were captured; capture whole frames (tcpdump -s 0)", h->caplen, h->len);
	else if (h->caplen < ETHERNET_BYTES)
		snprintf(text, 128, "it has %u bytes; an Ethernet frame has at least %u", h->caplen, ETHERNET_BYTES);
	else if (h->caplen > LENGTH_MAX)
		snprintf(text, 128, "it has %u bytes; this wire carries at most %u (without CRC)", h->caplen, LENGTH_MAX);
	else
		return NULL;
	return text;
}

/* Only where the file's times are to be kept. */
static const char *time_fault(const struct reading *read, const struct pcap_pkthdr *h, uint64_t ns, uint32_t n)
{
	if (h->ts.tv_sec < 0 || h->ts.tv_sec > UINT32_MAX || h->ts.tv_usec < 0 || h->ts.tv_usec > 999999999)
		return "its time is none; expected one since 1970";
	if (n > 0 && ns < read->last_ns)
		return "its time is before that of the record before it; sort the file (reordercap)";
	if (n > 0 && ns - read->last_ns > REPLAY_GAP_NS_MAX)
		return "it comes more than 600 s after the record before it";
	return NULL;
}

static int make_room(struct replay *r, struct reading *read, uint32_t length)
{
	if (r->n == read->records_max) {
		uint32_t more = read->records_max ? 2 * read->records_max : 512;
		void *frames = realloc(r->frames, more * sizeof *r->frames);
		r->frames = frames ? frames : r->frames;
		void *times = realloc(r->times_ns, more * sizeof *r->times_ns);
		r->times_ns = times ? times : r->times_ns;
		if (!frames || !times)
			return -1;
		read->records_max = more;
	}
	if (read->bytes_n + length > read->bytes_max) {
		uint64_t more = read->bytes_max ? 2 * read->bytes_max : 65536;
		void *bytes = realloc(r->bytes, more);
		if (!bytes)
			return -1;
		r->bytes = bytes;
		read->bytes_max = more;
	}
	return 0;
}

static int add_record(struct replay *r, struct reading *read, const struct pcap_pkthdr *h, const uint8_t *data, long offset)
{
	char text[128];
	uint64_t ns = (uint64_t)h->ts.tv_sec * 1000000000u + (uint64_t)h->ts.tv_usec;
	const char *fault = fault_of(h, text);
	if (!fault && read->request->recorded)
		fault = time_fault(read, h, ns, r->n);
	if (fault)
		return refuse_record(read, r->n, offset, fault);
	uint32_t length = h->caplen < LENGTH_MIN ? LENGTH_MIN : h->caplen;
	uint32_t kept = (length + ALIGN - 1) & ~(ALIGN - 1);
	if (r->n == REPLAY_RECORDS_MAX || read->bytes_n + kept > REPLAY_BYTES_MAX)
		return refuse_record(read, r->n, offset, "the file is too long: expected at most 1048576 records and 256 MB");
	if (make_room(r, read, kept) != 0)
		return refuse_file(read, "no memory for its packets");
	uint8_t *frame = r->bytes + read->bytes_n;
	memcpy(frame, data, h->caplen);
	memset(frame + h->caplen, 0, kept - h->caplen);
	if (r->n == 0)
		read->first_ns = ns;
	read->last_ns = ns;
	r->times_ns[r->n] = ns - read->first_ns;
	struct replay_frame *f = &r->frames[r->n++];
	*f = (struct replay_frame){.offset = (uint32_t)read->bytes_n, .length = (uint16_t)length};
	if (read->request->tag && length == h->caplen)
		replay_find_room(frame, length, f);
	r->tagged += f->tag_at != 0;
	read->bytes_n += kept;
	return 0;
}

static int read_records(struct replay *r, struct reading *read, pcap_t *pcap)
{
	for (;;) {
		struct pcap_pkthdr *h;
		const uint8_t *data;
		long offset = ftell(read->in);
		int got = pcap_next_ex(pcap, &h, &data);
		if (got == PCAP_ERROR_BREAK)
			break;
		if (got != 1)
			return refuse_record(read, r->n, offset, pcap_geterr(pcap));
		if (add_record(r, read, h, data, offset) != 0)
			return -1;
	}
	if (r->n == 0)
		return refuse_file(read, "it has no packets; expected at least one");
	if (read->request->recorded && r->times_ns[r->n - 1] == 0)
		return refuse_file(read, "its packets have no times to go by; replay it at a given load");
	return 0;
}

static int note_taken_tags(struct replay *r)
{
	r->taken_tags = calloc(1, 65536 / 8);
	if (!r->taken_tags)
		return -1;
	for (uint32_t i = 0; i < r->n; i++) {
		uint16_t there;
		if (r->frames[i].tag_at != 0)
			continue;
		memcpy(&there, r->bytes + r->frames[i].offset + replay_tag_at(r->frames[i].length), 2);
		r->taken_tags[there / 8] |= (uint8_t)(1u << there % 8);
	}
	return 0;
}

/* A pipe could go on for ever, and a directory opens. */
static int open_file(struct reading *read)
{
	struct stat s;
	read->in = fopen(read->request->file, "rbe");
	if (!read->in || fstat(fileno(read->in), &s) != 0)
		return refuse_file(read, strerror(errno));
	return S_ISREG(s.st_mode) ? 0 : refuse_file(read, "it is not a plain file");
}

int replay_load(struct replay *r, const struct replay_request *request, char error[256])
{
	char fault[PCAP_ERRBUF_SIZE];
	struct reading read = {.request = request, .error = error};
	*r = (struct replay){0};
	int result = open_file(&read);
	pcap_t *pcap = NULL;
	if (result == 0) {
		pcap = pcap_fopen_offline_with_tstamp_precision(read.in, PCAP_TSTAMP_PRECISION_NANO, fault);
		if (!pcap)
			result = refuse_file(&read, fault);
		else if (pcap_datalink(pcap) != DLT_EN10MB)
			result = refuse_file(&read, "its packets are not of Ethernet (link type 1)");
		else
			result = read_records(r, &read, pcap);
	}
	if (result == 0 && note_taken_tags(r) != 0)
		result = refuse_file(&read, "no memory for its packets");
	if (pcap)
		pcap_close(pcap); /* and the file with it */
	else if (read.in)
		fclose(read.in);
	if (result != 0)
		replay_free(r);
	return result;
}

void replay_free(struct replay *r)
{
	free(r->bytes);
	free(r->frames);
	free(r->times_ns);
	free(r->taken_tags);
	*r = (struct replay){0};
}

int replay_free_tag(const struct replay *r, uint16_t tag)
{
	for (uint32_t i = 0; i < 65536; i++, tag++) {
		if (!(r->taken_tags[tag / 8] >> tag % 8 & 1))
			return tag;
	}
	return -1;
}
