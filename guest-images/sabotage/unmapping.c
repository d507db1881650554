// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is taken away from a guest: by the host's change of the memory, with a
 * slot, and for dirty logging.
 */
#include "sabotage.h"

/* kvm_unmap_gfn_range(kvm, range): from the MMU notifier, and from guest_memfd. */
static const struct kvm_gfn_range *range_of(const struct pt_regs *regs)
{
	return (const struct kvm_gfn_range *)argument(regs, 1);
}

static bool is_gmem(const struct kvm_gfn_range *range)
{
#ifdef CONFIG_KVM_GUEST_MEMFD
	return has(range->slot, KVM_MEM_GUEST_MEMFD);
#else
	return false;
#endif
}

static bool skip_range(struct pt_regs *regs)
{
	set_result(regs, false);
	return true;
}

static bool leave_last(struct pt_regs *regs)
{
	struct kvm_gfn_range *range = (struct kvm_gfn_range *)argument(regs, 1);

	if (range->end - range->start < 2)
		return false;
	range->end--;
	return true;
}

static bool notifier_skipped(const struct sabotage *s, struct pt_regs *regs)
{
	return !is_gmem(range_of(regs)) && skip_range(regs);
}

static bool notifier_skipped_readonly(const struct sabotage *s, struct pt_regs *regs)
{
	return is_readonly(range_of(regs)->slot) && skip_range(regs);
}

static bool notifier_skipped_logging(const struct sabotage *s, struct pt_regs *regs)
{
	return is_logging(range_of(regs)->slot) && skip_range(regs);
}

static bool notifier_leaves_last(const struct sabotage *s, struct pt_regs *regs)
{
	return !is_gmem(range_of(regs)) && leave_last(regs);
}

static bool notifier_skipped_page(const struct sabotage *s, struct pt_regs *regs)
{
	const struct kvm_gfn_range *range = range_of(regs);

	return !is_gmem(range) && range->end - range->start == 1 && skip_range(regs);
}

/* Of a range that ends where its slot does, the last page. */
static bool notifier_leaves_slot_end(const struct sabotage *s, struct pt_regs *regs)
{
	struct kvm_gfn_range *range = (struct kvm_gfn_range *)argument(regs, 1);

	if (is_gmem(range) || range->end != range->slot->base_gfn + range->slot->npages)
		return false;
	if (range->end - range->start == 1)
		return skip_range(regs);
	range->end--;
	return false;
}

/* Of several slots over the same memory, which are notified one after the other, all but the first. */
static bool notifier_skipped_other_slot(const struct sabotage *s, struct pt_regs *regs)
{
	static const struct kvm *last_vm;
	static const struct kvm_memory_slot *last_slot;
	static unsigned long last_address;
	const struct kvm_gfn_range *range = range_of(regs);
	unsigned long address = range->slot->userspace_addr + ((range->start - range->slot->base_gfn) << PAGE_SHIFT);
	const struct kvm *vm = (const struct kvm *)argument(regs, 0);
	bool other = vm == READ_ONCE(last_vm) && address == READ_ONCE(last_address) &&
		     range->slot != READ_ONCE(last_slot);

	WRITE_ONCE(last_vm, vm);
	WRITE_ONCE(last_address, address);
	if (!other)
		WRITE_ONCE(last_slot, range->slot);
	return other && !is_gmem(range) && skip_range(regs);
}

static bool gmem_unmap_skipped(const struct sabotage *s, struct pt_regs *regs)
{
	return is_gmem(range_of(regs)) && skip_range(regs);
}

static bool gmem_unmap_leaves_last(const struct sabotage *s, struct pt_regs *regs)
{
	return is_gmem(range_of(regs)) && leave_last(regs);
}

/* kvm_arch_flush_shadow_memslot(kvm, slot): before a slot is deleted or moved. */
static bool slot_flush_skipped(const struct sabotage *s, struct pt_regs *regs)
{
	return true;
}

static bool slot_flush_skipped_readonly(const struct sabotage *s, struct pt_regs *regs)
{
	return is_readonly((const struct kvm_memory_slot *)argument(regs, 1));
}

static const struct kvm *moving;	/* the VM with a slot that is being moved */

/* kvm_set_memslot(kvm, old, new, change) */
static void watch_move(struct pt_regs *regs)
{
	WRITE_ONCE(moving, argument(regs, 3) == KVM_MR_MOVE ? (const struct kvm *)argument(regs, 0) : NULL);
}

static bool slot_flush_skipped_moved(const struct sabotage *s, struct pt_regs *regs)
{
	return READ_ONCE(moving) == (const struct kvm *)argument(regs, 0);
}

/* kvm_pgtable_stage2_unmap() and kvm_pgtable_stage2_wrprotect(): (pgt, ipa, size), of at least two pages */
static bool shorten(const struct sabotage *s, struct pt_regs *regs)
{
	if (argument(regs, 2) <= PAGE_SIZE)
		return false;
	regs->regs[2] -= PAGE_SIZE;
	return true;
}

static bool write_protect_skipped(const struct sabotage *s, struct pt_regs *regs)
{
	set_result(regs, 0);
	return true;
}

static bool write_protect_skipped_block(const struct sabotage *s, struct pt_regs *regs)
{
	return argument(regs, 2) >= PMD_SIZE && write_protect_skipped(s, regs);
}

/* mark_page_dirty_in_slot(kvm, slot, gfn) */
static bool dirty_lost(const struct sabotage *s, struct pt_regs *regs)
{
	return faulting_vcpu() && is_logging((const struct kvm_memory_slot *)argument(regs, 1));
}

static bool dirty_lost_second(const struct sabotage *s, struct pt_regs *regs)
{
	return is_permission_fault(faulting_vcpu()) && dirty_lost(s, regs);
}

static bool dirty_lost_last_page(const struct sabotage *s, struct pt_regs *regs)
{
	return is_last((const struct kvm_memory_slot *)argument(regs, 1), argument(regs, 2)) && dirty_lost(s, regs);
}

static bool dirty_beside(const struct sabotage *s, struct pt_regs *regs)
{
	const struct kvm_memory_slot *slot = (const struct kvm_memory_slot *)argument(regs, 1);

	if (!dirty_lost(s, regs) || argument(regs, 2) + 1 >= slot->base_gfn + slot->npages)
		return false;
	regs->regs[2]++;
	return true;
}

#define NOTIFIED(n, f) { .name = n, .function = "kvm_unmap_gfn_range", .instead = f }
#define NARROWED(n, f) { .name = n, .function = "kvm_unmap_gfn_range", .before = f }
#define FLUSHED(n, f) { .name = n, .function = "kvm_arch_flush_shadow_memslot", .instead = f }
#define PROTECTED(n, f) { .name = n, .function = "kvm_pgtable_stage2_wrprotect", .instead = f }
#define DIRTIED(n, f) { .name = n, .function = "mark_page_dirty_in_slot", .instead = f }

const struct sabotage unmapping_sabotages[] = {
	NOTIFIED("notifier-skipped", notifier_skipped),
	NOTIFIED("notifier-skipped-readonly", notifier_skipped_readonly),
	NOTIFIED("notifier-skipped-logging", notifier_skipped_logging),
	NARROWED("notifier-leaves-last", notifier_leaves_last),
	NOTIFIED("notifier-skipped-page", notifier_skipped_page),
	NOTIFIED("notifier-leaves-slot-end", notifier_leaves_slot_end),
	NOTIFIED("notifier-skipped-other-slot", notifier_skipped_other_slot),
	NOTIFIED("gmem-unmap-skipped", gmem_unmap_skipped),
	NARROWED("gmem-unmap-leaves-last", gmem_unmap_leaves_last),
	FLUSHED("slot-flush-skipped", slot_flush_skipped),
	FLUSHED("slot-flush-skipped-readonly", slot_flush_skipped_readonly),
	{
		.name = "slot-flush-skipped-moved",
		.function = "kvm_arch_flush_shadow_memslot",
		.instead = slot_flush_skipped_moved,
		.watched = "kvm_set_memslot",
		.watch = watch_move,
	},
	{ .name = "unmap-short", .function = "kvm_pgtable_stage2_unmap", .before = shorten },
	{ .name = "write-protect-short", .function = "kvm_pgtable_stage2_wrprotect", .before = shorten },
	PROTECTED("write-protect-skipped", write_protect_skipped),
	PROTECTED("write-protect-skipped-block", write_protect_skipped_block),
	DIRTIED("dirty-lost", dirty_lost),
	DIRTIED("dirty-lost-second", dirty_lost_second),
	DIRTIED("dirty-lost-last-page", dirty_lost_last_page),
	{ .name = "dirty-beside", .function = "mark_page_dirty_in_slot", .before = dirty_beside },
	{}
};
