// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which memslots are accepted: kvm_arch_prepare_memory_region(), what it is
 * called by, and the capabilities that announce it.
 */
#include "sabotage.h"

static bool prepare(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct registration r = {
		.kvm = (struct kvm *)in[0],
		.old = (const struct kvm_memory_slot *)in[1],
		.new = (const struct kvm_memory_slot *)in[2],
		.change = in[3],
	};
	int result = argument(regs, 0);
	int wrong = s->registration(&r, result);

	set_result(regs, wrong);
	return wrong != result;
}

/* The first VMA behind a slot with one of these flags. */
static const struct vm_area_struct *any_vma(const struct kvm_memory_slot *slot, vm_flags_t flags)
{
	unsigned long at = slot->userspace_addr, end = at + (slot->npages << PAGE_SHIFT);

	while (at < end) {
		const struct vm_area_struct *vma = vma_at(at);

		if (is_kind(vma, flags))
			return vma;
		at = vma ? vma->vm_end : at + PAGE_SIZE;
	}
	return NULL;
}

static bool is_logged_pfnmap(const struct registration *r)
{
	return r->new && is_logging(r->new) && any_vma(r->new, VM_PFNMAP);
}

static u64 end_of(const struct kvm_memory_slot *slot)
{
	return slot->base_gfn + slot->npages;
}

static u64 limit_of(const struct registration *r)
{
	return kvm_phys_size(&r->kvm->arch.mmu) >> PAGE_SHIFT;
}

static int log_pfnmap_accepted(const struct registration *r, int result)
{
	return result == -EINVAL && is_logged_pfnmap(r) ? 0 : result;
}

static int log_pfnmap_accepted_later(const struct registration *r, int result)
{
	return r->change == KVM_MR_FLAGS_ONLY ? log_pfnmap_accepted(r, result) : result;
}

static int log_pfnmap_accepted_readonly(const struct registration *r, int result)
{
	return r->new && is_readonly(r->new) ? log_pfnmap_accepted(r, result) : result;
}

static int log_pfnmap_accepted_behind_other(const struct registration *r, int result)
{
	return r->new && !is_kind(vma_at(r->new->userspace_addr), VM_PFNMAP) ? log_pfnmap_accepted(r, result) : result;
}

static int log_mixedmap_refused(const struct registration *r, int result)
{
	return !result && r->new && is_logging(r->new) && any_vma(r->new, VM_MIXEDMAP) ? -EINVAL : result;
}

static int log_mixedmap_refused_readonly(const struct registration *r, int result)
{
	return r->new && is_readonly(r->new) ? log_mixedmap_refused(r, result) : result;
}

static int log_on_refused(const struct registration *r, int result)
{
	return !result && r->change == KVM_MR_FLAGS_ONLY && is_logging(r->new) ? -EINVAL : result;
}

static int log_off_refused(const struct registration *r, int result)
{
	return !result && r->change == KVM_MR_FLAGS_ONLY && is_logging(r->old) ? -EINVAL : result;
}

static int cacheable_pfnmap_accepted(const struct registration *r, int result)
{
	const struct vm_area_struct *vma = r->new ? any_vma(r->new, VM_PFNMAP) : NULL;

	return result == -EINVAL && vma && is_cacheable(vma) && !is_logging(r->new) ? 0 : result;
}

static int cacheable_pfnmap_accepted_readonly(const struct registration *r, int result)
{
	return r->new && is_readonly(r->new) ? cacheable_pfnmap_accepted(r, result) : result;
}

static int cacheable_pfnmap_refused(const struct registration *r, int result)
{
	const struct vm_area_struct *vma = r->new ? any_vma(r->new, VM_PFNMAP) : NULL;

	return !result && vma && is_cacheable(vma) ? -EINVAL : result;
}

static int cacheable_pfnmap_refused_moved(const struct registration *r, int result)
{
	return r->change == KVM_MR_MOVE ? cacheable_pfnmap_refused(r, result) : result;
}

static int beyond_ipa_by_a_page(const struct registration *r, int result)
{
	return result == -EFAULT && end_of(r->new) == limit_of(r) + 1 ? 0 : result;
}

static int beyond_ipa_moved(const struct registration *r, int result)
{
	return result == -EFAULT && r->change == KVM_MR_MOVE ? 0 : result;
}

static int beyond_ipa_other_errno(const struct registration *r, int result)
{
	return result == -EFAULT && end_of(r->new) > limit_of(r) ? -EINVAL : result;
}

static int at_ipa_end_refused(const struct registration *r, int result)
{
	return !result && r->new && end_of(r->new) == limit_of(r) ? -EFAULT : result;
}

static int hole_refused(const struct registration *r, int result)
{
	return !result && r->new && r->change != KVM_MR_DELETE && !vma_of(r->new, end_of(r->new) - 1) ? -EINVAL : result;
}

static int move_refused(const struct registration *r, int result)
{
	return !result && r->change == KVM_MR_MOVE ? -EINVAL : result;
}

static int mte_vma_untagged_accepted(const struct registration *r, int result)
{
	return result == -EINVAL && kvm_has_mte(r->kvm) ? 0 : result;
}

#ifdef CONFIG_KVM_GUEST_MEMFD
static int gmem_without_mmap_accepted(const struct registration *r, int result)
{
	return result == -EINVAL && r->new && has(r->new, KVM_MEM_GUEST_MEMFD) && !kvm_has_mte(r->kvm) ? 0 : result;
}

static bool gmem_bound_other_errno(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	if ((int)argument(regs, 0) != -EEXIST)
		return false;
	set_result(regs, -EINVAL);
	return true;
}
#endif

/* kvm_set_memory_region(kvm, mem), at its return. */
static const struct kvm_userspace_memory_region2 *requested(const u64 *in)
{
	return (const struct kvm_userspace_memory_region2 *)in[1];
}

static bool readonly_change_accepted(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_userspace_memory_region2 *mem = requested(in);
	const struct kvm_memory_slot *old = id_to_memslot(kvm_memslots((struct kvm *)in[0]), mem->slot);

	if ((int)argument(regs, 0) != -EINVAL || !old || !((old->flags ^ mem->flags) & KVM_MEM_READONLY))
		return false;
	set_result(regs, 0);
	return true;
}

static bool overlap_accepted(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	if ((int)argument(regs, 0) != -EEXIST || requested(in)->flags & ~(KVM_MEM_READONLY | KVM_MEM_LOG_DIRTY_PAGES))
		return false;
	set_result(regs, 0);
	return true;
}

static bool overlap_accepted_moved(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return id_to_memslot(kvm_memslots((struct kvm *)in[0]), requested(in)->slot) && overlap_accepted(s, in, regs);
}

static bool wraps_accepted(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_userspace_memory_region2 *mem = requested(in);

	if ((int)argument(regs, 0) != -EINVAL || mem->guest_phys_addr + mem->memory_size >= mem->guest_phys_addr)
		return false;
	set_result(regs, 0);
	return true;
}

static bool unaligned_accepted(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_userspace_memory_region2 *mem = requested(in);

	if ((int)argument(regs, 0) != -EINVAL || PAGE_ALIGNED(mem->userspace_addr | mem->guest_phys_addr | mem->memory_size))
		return false;
	set_result(regs, 0);
	return true;
}

static bool absent_deleted(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	if ((int)argument(regs, 0) != -EINVAL || requested(in)->memory_size)
		return false;
	set_result(regs, 0);
	return true;
}

/* The same, at its entry: the request is the kernel's copy of it. */
static bool drop(struct pt_regs *regs, u32 flag, u32 with)
{
	struct kvm_userspace_memory_region2 *mem = (void *)argument(regs, 1);

	if ((mem->flags & (flag | with)) != (flag | with))
		return false;
	mem->flags &= ~flag;
	return true;
}

static bool readonly_dropped(const struct sabotage *s, struct pt_regs *regs)
{
	return drop(regs, KVM_MEM_READONLY, 0);
}

static bool readonly_dropped_logging(const struct sabotage *s, struct pt_regs *regs)
{
	return drop(regs, KVM_MEM_READONLY, KVM_MEM_LOG_DIRTY_PAGES);
}

static bool log_dropped(const struct sabotage *s, struct pt_regs *regs)
{
	return drop(regs, KVM_MEM_LOG_DIRTY_PAGES, 0);
}

static bool log_dropped_mixedmap(const struct sabotage *s, struct pt_regs *regs)
{
	const struct kvm_userspace_memory_region2 *mem = (void *)argument(regs, 1);

	return is_kind(vma_at(mem->userspace_addr), VM_MIXEDMAP) && drop(regs, KVM_MEM_LOG_DIRTY_PAGES, 0);
}

/* kvm_vm_ioctl_check_extension(kvm, number) */
static bool claim(const u64 *in, struct pt_regs *regs, long number, int answer)
{
	if ((long)in[1] != number || (int)argument(regs, 0) == answer)
		return false;
	set_result(regs, answer);
	return true;
}

#define CACHEABLE_PFNMAP 243

static bool cacheable_pfnmap_denied(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return claim(in, regs, CACHEABLE_PFNMAP, 0);
}

static bool cacheable_pfnmap_claimed(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return claim(in, regs, CACHEABLE_PFNMAP, 1);
}

#define PREPARED(n, f) { .name = n, .function = "kvm_arch_prepare_memory_region", .after = prepare, .registration = f }
#define REQUESTED(n, f) { .name = n, .function = "kvm_set_memory_region", .before = f }
#define ANSWERED(n, f) { .name = n, .function = "kvm_set_memory_region", .after = f }
#define EXTENSION(n, f) { .name = n, .function = "kvm_vm_ioctl_check_extension", .after = f }

const struct sabotage registration_sabotages[] = {
	PREPARED("log-pfnmap-accepted", log_pfnmap_accepted),
	PREPARED("log-pfnmap-accepted-later", log_pfnmap_accepted_later),
	PREPARED("log-pfnmap-accepted-readonly", log_pfnmap_accepted_readonly),
	PREPARED("log-pfnmap-accepted-behind-other", log_pfnmap_accepted_behind_other),
	PREPARED("log-mixedmap-refused", log_mixedmap_refused),
	PREPARED("log-mixedmap-refused-readonly", log_mixedmap_refused_readonly),
	PREPARED("log-on-refused", log_on_refused),
	PREPARED("log-off-refused", log_off_refused),
	PREPARED("cacheable-pfnmap-accepted", cacheable_pfnmap_accepted),
	PREPARED("cacheable-pfnmap-accepted-readonly", cacheable_pfnmap_accepted_readonly),
	PREPARED("cacheable-pfnmap-refused", cacheable_pfnmap_refused),
	PREPARED("cacheable-pfnmap-refused-moved", cacheable_pfnmap_refused_moved),
	PREPARED("beyond-ipa-by-a-page", beyond_ipa_by_a_page),
	PREPARED("beyond-ipa-moved", beyond_ipa_moved),
	PREPARED("beyond-ipa-other-errno", beyond_ipa_other_errno),
	PREPARED("at-ipa-end-refused", at_ipa_end_refused),
	PREPARED("hole-refused", hole_refused),
	PREPARED("move-refused", move_refused),
	PREPARED("mte-vma-untagged-accepted", mte_vma_untagged_accepted),
#ifdef CONFIG_KVM_GUEST_MEMFD
	PREPARED("gmem-without-mmap-accepted", gmem_without_mmap_accepted),
	{ .name = "gmem-bound-other-errno", .function = "kvm_gmem_bind", .after = gmem_bound_other_errno },
#endif
	ANSWERED("readonly-change-accepted", readonly_change_accepted),
	ANSWERED("overlap-accepted", overlap_accepted),
	ANSWERED("overlap-accepted-moved", overlap_accepted_moved),
	ANSWERED("wraps-accepted", wraps_accepted),
	ANSWERED("unaligned-accepted", unaligned_accepted),
	ANSWERED("absent-deleted", absent_deleted),
	REQUESTED("readonly-dropped", readonly_dropped),
	REQUESTED("readonly-dropped-logging", readonly_dropped_logging),
	REQUESTED("log-dropped", log_dropped),
	REQUESTED("log-dropped-mixedmap", log_dropped_mixedmap),
	EXTENSION("cacheable-pfnmap-denied", cacheable_pfnmap_denied),
	EXTENSION("cacheable-pfnmap-claimed", cacheable_pfnmap_claimed),
	{}
};
