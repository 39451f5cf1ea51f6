/* SPDX-License-Identifier: GPL-2.0-only */
#include "core-vmm/device/virtio_blk.h"

#define F_SIZE_MAX     (1ull << 1)
#define F_SEG_MAX      (1ull << 2)
#define F_RO	       (1ull << 5)
#define F_BLK_SIZE     (1ull << 6)
#define F_FLUSH	       (1ull << 9)
#define F_DISCARD      (1ull << 13)
#define F_WRITE_ZEROES (1ull << 14)

enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
enum { S_OK, S_IOERR, S_UNSUPP };

#define ID_BYTES 20u
#define ID_TEXT	 "vtscope-disk"

/* A request's header and status take a buffer each. */
#define SEGMENTS_MAX	  (VIRTIO_QUEUE_MAX - 2)
#define SEGMENT_BYTES_MAX 65536u
#define BUFFER_SECTORS	  (VIRTIO_BLK_BUFFER / DISK_SECTOR)

#define RANGES_MAX	  16u
#define RANGE_SECTORS_MAX 2048u
#define RANGE_UNMAP	  1u

struct header {
	uint32_t type, unused;
	uint64_t sector;
};

struct range {
	uint64_t sector;
	uint32_t sectors, flags;
};

/** 5.2.4. */
struct config {
	uint64_t capacity;
	uint32_t size_max, seg_max, geometry, blk_size;
	uint32_t topology[2];
	uint32_t writeback_queues;
	uint32_t discard_sectors_max, discard_ranges_max, discard_alignment;
	uint32_t zeroes_sectors_max, zeroes_ranges_max;
	uint32_t zeroes_may_unmap;
};

_Static_assert(sizeof(struct config) == 64 && sizeof(struct config) <= VIRTIO_CONFIG,
	       "the standard's layout, and padding");

/** A request being served. */
struct request {
	struct vcpu *vcpu;
	struct virtio_blk *blk;
	struct virtio_cursor data; /* behind the header; or all that is written */
	uint64_t sector;
	uint64_t address; /* of the data, for people */
	uint32_t bytes;	  /* of data */
	uint32_t done;
	bool recorded; /* by its ranges */
};

/** Whether the data is whole sectors of the disk. */
static bool data_fits(const struct request *request)
{
	return !(request->bytes % DISK_SECTOR) &&
	       disk_has(request->blk->disk, request->sector, request->bytes / DISK_SECTOR);
}

static unsigned sectors_next(uint64_t left)
{
	return left < BUFFER_SECTORS ? (unsigned)left : BUFFER_SECTORS;
}

static unsigned request_in(struct request *request)
{
	struct disk *disk = request->blk->disk;
	uint8_t *buffer = request->blk->buffer;

	if (!data_fits(request))
		return S_IOERR;
	while (request->done < request->bytes) {
		unsigned count = sectors_next((request->bytes - request->done) / DISK_SECTOR);

		if (disk->read(disk, request->sector + request->done / DISK_SECTOR, count,
			       buffer) ||
		    virtio_write(request->vcpu, &request->data, buffer, count * DISK_SECTOR))
			return S_IOERR;
		request->done += count * DISK_SECTOR;
	}
	return S_OK;
}

static unsigned request_out(struct request *request)
{
	struct disk *disk = request->blk->disk;
	uint8_t *buffer = request->blk->buffer;

	if (disk->read_only || !data_fits(request))
		return S_IOERR;
	while (request->done < request->bytes) {
		unsigned count = sectors_next((request->bytes - request->done) / DISK_SECTOR);

		if (virtio_read(request->vcpu, &request->data, buffer, count * DISK_SECTOR) ||
		    disk->write(disk, request->sector + request->done / DISK_SECTOR, count, buffer))
			return S_IOERR;
		request->done += count * DISK_SECTOR;
	}
	return S_OK;
}

static unsigned request_flush(struct request *request)
{
	struct disk *disk = request->blk->disk;

	return disk->flush(disk) ? S_IOERR : S_OK;
}

static unsigned request_id(struct request *request)
{
	static const char id[ID_BYTES] = ID_TEXT;

	if (request->bytes < ID_BYTES || virtio_write(request->vcpu, &request->data, id, ID_BYTES))
		return S_IOERR;
	request->done = ID_BYTES;
	return S_OK;
}

static int zeroes_write(struct virtio_blk *blk, const struct range *range)
{
	__builtin_memset(blk->buffer, 0, sizeof(blk->buffer));
	for (uint32_t done = 0, count; done < range->sectors; done += count) {
		count = sectors_next(range->sectors - done);
		if (blk->disk->write(blk->disk, range->sector + done, count, blk->buffer))
			return -1;
	}
	return 0;
}

/** Flags that a request of @type may not have are not supported (5.2.6.2); ranges that cannot be are errors. */
static unsigned range_check(const struct request *request, uint32_t type, const struct range *range)
{
	if (range->flags & ~(type == T_WRITE_ZEROES ? RANGE_UNMAP : 0))
		return S_UNSUPP;
	return range->sectors <= RANGE_SECTORS_MAX &&
		       disk_has(request->blk->disk, range->sector, range->sectors)
		   ? S_OK
		   : S_IOERR;
}

/** What is discarded keeps its contents for now, which the standard leaves open; the host is told by the event (disk_record). */
static unsigned range_do(struct request *request, uint32_t type, const struct range *range)
{
	bool unmap = type == T_DISCARD || range->flags & RANGE_UNMAP;

	if (type == T_WRITE_ZEROES && zeroes_write(request->blk, range))
		return S_IOERR;
	disk_record(request->vcpu, unmap ? VTS_IO_REQUEST_DISCARD : VTS_IO_REQUEST_PV, true,
		    request->address, range->sectors * DISK_SECTOR, range->sector,
		    request->blk->virtio.chain.depth);
	return S_OK;
}

/** Nothing is changed unless all ranges are good. An event each. */
static unsigned request_ranges(struct request *request, uint32_t type)
{
	struct range range[RANGES_MAX];
	unsigned count = request->bytes / (uint32_t)sizeof(range[0]), status = S_OK;

	if (!count || count > RANGES_MAX || request->bytes % sizeof(range[0]) ||
	    request->blk->disk->read_only ||
	    virtio_read(request->vcpu, &request->data, range, request->bytes))
		return S_IOERR;
	for (unsigned i = 0; i < count && status == S_OK; i++)
		status = range_check(request, type, &range[i]);
	for (unsigned i = 0; i < count && status == S_OK; i++)
		status = range_do(request, type, &range[i]);
	request->recorded = status == S_OK;
	return status;
}

/** Where the data begins, for people. */
static uint64_t data_address(const struct virtio_chain *chain, const struct virtio_cursor *data)
{
	const struct virtio_segment *segment = data->segment;

	if (data->offset == segment->bytes && segment + 1 < chain->segment + chain->segments)
		return segment[1].gpa;
	return segment->gpa + data->offset;
}

static unsigned request_serve(struct request *request, uint32_t type)
{
	switch (type) {
	case T_IN:
		return request_in(request);
	case T_OUT:
		return request_out(request);
	case T_FLUSH:
		return request_flush(request);
	case T_GET_ID:
		return request_id(request);
	case T_DISCARD:
	case T_WRITE_ZEROES:
		return request_ranges(request, type);
	default:
		return S_UNSUPP;
	}
}

static const struct virtio_error no_memory = {.how = VTS_IO_REQUEST_OUTSIDE};

/* The header is the first bytes that are read, the status the last that is written, however they are cut (2.7.4). */
static bool blk_chain(struct vcpu *vcpu, struct virtio *virtio, unsigned queue, uint32_t *written)
{
	const struct virtio_chain *chain = &virtio->chain;
	struct virtio_cursor out = virtio_readable(chain), in = virtio_writable(chain);
	struct virtio_cursor answer = in;
	struct request request = {.vcpu = vcpu, .blk = (struct virtio_blk *)virtio};
	struct header header;
	uint8_t status;
	bool reads;

	(void)queue;
	if (chain->readable_bytes < sizeof(header) || !chain->writable_bytes)
		return virtio_stop(vcpu, virtio,
				   &(struct virtio_error){VTS_IO_REQUEST_BAD_REQUEST,
							  chain->segment[0].gpa, chain->head});
	if (virtio_read(vcpu, &out, &header, sizeof(header)))
		return virtio_stop(vcpu, virtio, &no_memory);
	reads = header.type == T_IN || header.type == T_GET_ID;
	request.sector = header.sector;
	request.data = reads ? in : out;
	request.bytes =
	    reads ? chain->writable_bytes - 1 : chain->readable_bytes - (uint32_t)sizeof(header);
	request.address = data_address(chain, &request.data);
	status = (uint8_t)request_serve(&request, header.type);
	if (!request.recorded)
		disk_record(vcpu, VTS_IO_REQUEST_PV, !reads, request.address, request.done,
			    request.sector, chain->depth);
	virtio_skip(&answer, chain->writable_bytes - 1);
	if (virtio_write(vcpu, &answer, &status, 1))
		return virtio_stop(vcpu, virtio, &no_memory);
	/* A status behind data that was not written: all before it counts (2.7.8.2). */
	*written = reads ? chain->writable_bytes : 1;
	return true;
}

static const struct virtio_class blk_class = {
    .source = VTS_DEVICE_VIRTIO_BLK,
    .id = 2,
    .pci_class = 0x010000,
    .queues = 1,
    .features = F_SIZE_MAX | F_SEG_MAX | F_BLK_SIZE | F_FLUSH | F_DISCARD | F_WRITE_ZEROES,
    .chain = blk_chain,
};

void virtio_blk_create(struct vm *vm, struct virtio_blk *blk, struct disk *disk)
{
	struct config config = {
	    .capacity = disk->sectors,
	    .size_max = SEGMENT_BYTES_MAX,
	    .seg_max = SEGMENTS_MAX,
	    .blk_size = DISK_SECTOR,
	    .discard_sectors_max = RANGE_SECTORS_MAX,
	    .discard_ranges_max = RANGES_MAX,
	    .discard_alignment = 1,
	    .zeroes_sectors_max = RANGE_SECTORS_MAX,
	    .zeroes_ranges_max = RANGES_MAX,
	    .zeroes_may_unmap = 1,
	};

	blk->disk = disk;
	virtio_create(vm, &blk->virtio, &blk_class, disk->read_only ? F_RO : 0, &config,
		      sizeof(config));
}
