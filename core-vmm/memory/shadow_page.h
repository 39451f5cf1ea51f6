/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside shadow paging (shadow.h): the pool of shadow pages, what is known of each guest frame, and
 * the lists that tie entries to what they lead to.
 *
 * A shadow page is one table that the processor walks. It shadows a guest frame as a table of one
 * level, in one role (its key), or it is direct: it maps a piece of a large guest page with smaller
 * entries, and shadows no table. The same frame may be shadowed by several pages: tables that map
 * themselves, one table below two parents with different rights, one root under two modes, a table of
 * 32-bit paging (shadow_32.c). All pages are for the format of tables that the guest uses now.
 *
 * Upper entries in the shadow are permissive; a leaf carries the rights of all levels together.
 * So the rights that the upper guest entries gave are part of the key of what lies below them.
 *
 * Entries have numbers: shadow page << 9 | index. Each present entry is in one list, headed by what
 * it leads to: a leaf in that of its frame (or 2 MiB chunk, if large), an upper entry in that of
 * the shadow page below. Page 0, and so entry number 0, does not exist: 0 ends a list.
 */
#ifndef CORE_VMM_MEMORY_SHADOW_PAGE_H
#define CORE_VMM_MEMORY_SHADOW_PAGE_H

#include "core-vmm/interpret/decode.h"
#include "core-vmm/memory/shadow.h"
#include "core-vmm/memory/walk.h"

/* In the bits that the processor ignores: the entry leads to a shadow page. */
#define SHADOW_TABLE  (1ull << 9)
#define SHADOW_DIRECT (1ull << 10) /* a direct one */
/* A leaf that would be writable, were its frame not a page table. */
#define SHADOW_TRACED (1ull << 11)

/* A key: what a shadow page is for. */
#define KEY_LEVEL	 7ull /* 1 to 4 */
#define KEY_DIRECT	 (1ull << 3)
#define KEY_RIGHTS_SHIFT 4 /* RIGHT_*: those of the guest's upper entries */
#define KEY_RIGHTS	 (7ull << KEY_RIGHTS_SHIFT)
#define KEY_DIRTY	 (1ull << 7) /* of a direct page: the large page's dirty bit is set */
/* The mode: what of CR0, CR4 and EFER changes what an entry means. */
#define KEY_WP	 (1ull << 8)
#define KEY_NXE	 (1ull << 9)
#define KEY_SMEP (1ull << 10) /* only without WP */
#define KEY_SMAP (1ull << 11) /* only without WP */
#define KEY_MODE (15ull << 8)
#define KEY_PSE	 KEY_NXE /* in 32-bit paging, which has no NX */
/* From bit 12 up: the guest-physical address; of a direct page, the first that it maps. */
#define KEY_QUADRANT_SHIFT 52 /* of a table of 32-bit paging: shadow_32.c */
#define KEY_ROOT	   (KEY_RIGHTS | 4)
#define KEY_TOP		   (KEY_RIGHTS | 3)

struct shadow_page {
	uint64_t key;	  /* 0: free */
	uint32_t parents; /* list of the entries that lead here */
	uint16_t entries; /* present ones */
	uint16_t writes;  /* by the guest to the table, since an entry was last made from it */
	uint16_t next;	  /* in the list of its frame, or of the free ones */
	uint16_t unused[7];
};
_Static_assert(sizeof(struct shadow_page) == 32, "indexed by a shift");

/** What is known of a guest frame. */
struct shadow_frame {
	uint32_t leaves; /* list of the 4 KiB leaves that lead here */
	uint16_t pages;	 /* list of the shadow pages with this address in their key */
	uint16_t
	    tables : 10; /* those of them that are not direct: if any, the frame is a page table */
	uint16_t unsync : 6; /* 0: in step; else 1 + the number of its copy (shadow_sync.h) */
};

/** And of 2 MiB of guest memory. */
struct shadow_chunk {
	struct shadow_frame *frame; /* 512, or NULL: nothing is known of any */
	uint32_t leaves;	    /* list of the 2 MiB leaves that lead here */
	uint32_t tables;	    /* sum over the frames */
};

struct shadow_link {
	uint32_t next; /* entry number, or 0 */
	uint32_t prev; /* entry number, or HEAD_* and a number: the head of the list */
};
#define HEAD_FRAME 0x80000000u /* guest frame number */
#define HEAD_CHUNK 0x40000000u /* guest frame number >> 9 */
#define HEAD_PAGE  0xc0000000u /* shadow page */

/* Roots that are found without a search. */
#define SHADOW_ROOTS 64

struct shadow_root {
	uint64_t key;
	uint32_t page;
};

/* Frames that can be out of step at a time. */
#define SHADOW_UNSYNC	   63
#define SHADOW_UNSYNC_USED 1ull

struct shadow_unsync {
	uint64_t gpa;	/* of the frame, with SHADOW_UNSYNC_USED; 0: free */
	uint64_t *copy; /* of the table, as the shadow knows it */
	unsigned idle;	/* flushes since anything that was made from it went */
};

/* What the TLB may hold that no entry backs any more. */
#define STALE_WRITABLE	      (1u << 0) /* a writable translation */
#define STALE_WRITABLE_GLOBAL (1u << 1) /* a global one */
#define STALE_TABLE	      (1u << 2) /* a paging-structure-cache entry */
/* And why that cannot stay past the next entry. */
#define OWED_PROTECT (1u << 3) /* a frame became a page table */
#define OWED_REUSE   (1u << 4) /* a shadow page serves as another table, or the root was replaced */
#define OWED	     (OWED_PROTECT | OWED_REUSE)

struct shadow {
	uint64_t *entry; /* all entries of all pages, by number */
	struct shadow_link *link;
	struct shadow_page *page;
	struct shadow_chunk *chunk;
	uint64_t entry_phys;
	uint64_t reserved;    /* walk_reserved() */
	uint64_t mode;	      /* KEY_MODE bits as the guest is now */
	uint64_t significant; /* bits of a guest's entry that it cannot change without a flush */
	enum walk_format format;
	uint32_t root;	  /* the page in use */
	uint32_t flush;	  /* STALE_*, OWED_* */
	uint32_t pages;	  /* in the pool */
	uint32_t used;	  /* pages from here on were never used, and are not cleared */
	uint16_t free;	  /* list of pages that were; all their entries are 0 */
	uint16_t repeats; /* of the last unprotect */
	uint64_t unprotect_rip, unprotect_gpa;
	struct shadow_root roots[SHADOW_ROOTS];
	struct shadow_unsync unsync[SHADOW_UNSYNC];
	unsigned unsyncs; /* in use */
	struct decode_cache decoded;
	struct shadow_counters counters;
};

/* The page with no frame and no entries: the root while CR3 leads outside guest memory. */
#define SHADOW_NOWHERE 1u
/*
 * Outside IA-32e mode the processor uses the PAE format: its root has four entries, without rights, which it reads at
 * VM entry only. It shadows registers, so it has no frame. The root is then a page that leads there from its first
 * entry, and that the processor never sees: so the way down is always the same. Both stay.
 */
#define SHADOW_LEGACY 2u
#define SHADOW_TOP    3u

static inline struct shadow *shadow_of(const struct vcpu *vcpu)
{
	return vcpu->vm->shadow;
}

static inline uint64_t shadow_page_phys(const struct shadow *shadow, uint32_t page)
{
	return shadow->entry_phys + ((uint64_t)page << PAGE_SHIFT);
}

/** The page that an entry with SHADOW_TABLE leads to. */
static inline uint32_t shadow_page_below(const struct shadow *shadow, uint64_t entry)
{
	return ((entry & PTE_ADDRESS) - shadow->entry_phys) >> PAGE_SHIFT;
}

static inline unsigned shadow_page_level(const struct shadow *shadow, uint32_t page)
{
	return shadow->page[page].key & KEY_LEVEL;
}

/** What is known of the frame of @gpa, which is guest memory; NULL: nothing. */
static inline struct shadow_frame *shadow_frame_find(const struct shadow *shadow, uint64_t gpa)
{
	struct shadow_frame *frame = shadow->chunk[gpa >> LARGE_SHIFT].frame;

	return frame ? &frame[gpa >> PAGE_SHIFT & 511] : NULL;
}

/** Whether writes to a frame must be seen: it is a page table, and in step. */
static inline bool shadow_frame_traced(const struct shadow_frame *frame)
{
	return frame->tables && !frame->unsync;
}

/** The same for the frame of @gpa, which is guest memory. */
static inline bool shadow_frame_is_table(const struct shadow *shadow, uint64_t gpa)
{
	const struct shadow_chunk *chunk = &shadow->chunk[gpa >> LARGE_SHIFT];

	return chunk->tables && shadow_frame_traced(&chunk->frame[gpa >> PAGE_SHIFT & 511]);
}

/* shadow_32.c */

/** The KEY_QUADRANT of the page of @level (1 or 2) for @gla. */
uint64_t shadow_32_quadrant(uint64_t gla, unsigned level);
/** The guest's entry from which entry @index of the page for @key comes, @table its frame, in the form
 * that PAE would give it. */
uint64_t shadow_32_entry(const void *table, uint64_t key, unsigned index);
/** Zap what was made of two entries side by side: as shadow_quad_zap. */
unsigned shadow_32_zap(struct shadow *shadow, const struct shadow_frame *frame, unsigned index,
		       uint64_t old, uint64_t now, unsigned *level);

/* shadow_page.c */

/** The guest's tables are from now on of this format. */
void shadow_format_set(struct shadow *shadow, enum walk_format format);
/** What is known of the frame of @gpa, which is guest memory; made if need be. NULL: no memory. */
struct shadow_frame *shadow_frame_make(struct shadow *shadow, uint64_t gpa);
static inline struct shadow_frame *shadow_frame_get(struct shadow *shadow, uint64_t gpa)
{
	struct shadow_frame *frame = shadow_frame_find(shadow, gpa);

	return frame ? frame : shadow_frame_make(shadow, gpa);
}
/** The page for @key; 0 if there is none. */
uint32_t shadow_page_find(const struct shadow *shadow, uint64_t key);
/** A new page for @key, whose address is guest memory; write-protects its frame. 0: the pool is
 * used up, or no memory. */
uint32_t shadow_page_create(struct vcpu *vcpu, uint64_t key);
/** Free a page: all that leads to it and all that it holds goes. Returns the entries removed. */
unsigned shadow_page_zap(struct shadow *shadow, uint32_t page);
/** Free every page, the current root too, and record it: @cause is VTS_SHADOW_ZAP_*. */
void shadow_reclaim(struct vcpu *vcpu, enum vts_how cause);
/** Do the flush that is owed, if one is. */
void shadow_settle(struct vcpu *vcpu);

/* shadow_entry.c: the only place that stores entries */

/** Make an entry lead to a page below it; whatever it was goes. */
void shadow_entry_link(struct shadow *shadow, uint32_t number, uint32_t page);
/**
 * Make an entry a leaf (a 2 MiB one if PTE_PS) for guest memory at @gpa. @first: the list of that
 * frame or chunk.
 */
void shadow_entry_map(struct shadow *shadow, uint32_t number, uint64_t value, uint64_t gpa,
		      uint32_t *first);
/** Remove an entry, if it is there; a direct page that nothing else leads to goes with it. Returns
 * the entries removed. */
unsigned shadow_entry_clear(struct shadow *shadow, uint32_t number);
/** Remove an entry that leads to a page which is being freed. */
void shadow_entry_unlink(struct shadow *shadow, uint32_t number);
/** Take the right to write from all leaves that lead to the frame of @gpa, and record it. */
void shadow_write_protect(struct vcpu *vcpu, uint64_t gpa);

/* shadow_root.c */

/** Make a root again, after shadow_reclaim. False: no memory. */
bool shadow_root_renew(struct vcpu *vcpu);

/** Whether what was made from the guest entry @old does not hold by @now. @significant: the shadow's. */
static inline bool shadow_change_matters(uint64_t significant, uint64_t old, uint64_t now)
{
	if (!(old & PTE_P))
		return false;
	return (old ^ now) & significant || old & ~now & (PTE_A | PTE_D);
}

/** Zap what all shadow pages of a table made of its entry @index. Returns the entries removed. */
static inline unsigned shadow_index_zap(struct shadow *shadow, const struct shadow_frame *frame,
					unsigned index, unsigned *level)
{
	unsigned removed = 0;

	for (uint32_t page = frame->pages; page; page = shadow->page[page].next) {
		if (shadow->page[page].key & KEY_DIRECT)
			continue;
		*level = shadow_page_level(shadow, page);
		removed += shadow_entry_clear(shadow, page << 9 | index);
	}
	return removed;
}

/** Zap what was made of a table's quadword @index, which changes from @old to @now. Returns the entries removed. */
static inline unsigned shadow_quad_zap(struct shadow *shadow, const struct shadow_frame *frame,
				       unsigned index, uint64_t old, uint64_t now, unsigned *level)
{
	if (__builtin_expect(shadow->format == WALK_32, 0))
		return shadow_32_zap(shadow, frame, index, old, now, level);
	return shadow_change_matters(shadow->significant, old, now)
		   ? shadow_index_zap(shadow, frame, index, level)
		   : 0;
}

/* shadow_write.c */

/** The guest writes to a table: has it, by the look of it, stopped using it as one? */
bool shadow_table_abandoned(struct shadow *shadow, uint64_t gpa);
/** Free the pages that shadow the frame of @gpa as a table, and record it. */
void shadow_table_drop(struct vcpu *vcpu, uint64_t gpa);

#endif
