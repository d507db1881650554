// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a leaf becomes: kvm_pgtable_stage2_map(), kvm_pgtable_stage2_relax_perms()
 * and the descriptor itself.
 */
#include "sabotage.h"

#define NC	KVM_PGTABLE_PROT_NORMAL_NC
#define DEVICE	KVM_PGTABLE_PROT_DEVICE
#define R	KVM_PGTABLE_PROT_R
#define W	KVM_PGTABLE_PROT_W
#define X	KVM_PGTABLE_PROT_X

static struct mapping of(u64 pgt, u64 ipa)
{
	struct mapping m = {
		.kvm = kvm_s2_mmu_to_kvm(((struct kvm_pgtable *)pgt)->mmu),
		.vcpu = faulting_vcpu(),
		.ipa = ipa,
	};

	m.slot = m.vcpu ? slot_at(m.kvm, faulting_gfn(m.vcpu)) : NULL;
	m.vma = m.vcpu ? vma_of(m.slot, faulting_gfn(m.vcpu)) : NULL;
	return m;
}

/* kvm_pgtable_stage2_map(pgt, ipa, size, phys, prot, ...) */
static bool map(const struct sabotage *s, struct pt_regs *regs)
{
	struct mapping m = of(argument(regs, 0), argument(regs, 1));

	m.size = argument(regs, 2);
	m.phys = argument(regs, 3);
	m.prot = argument(regs, 4);
	if (!m.slot || !s->mapping(&m))
		return false;
	regs->regs[1] = m.ipa;
	regs->regs[2] = m.size;
	regs->regs[3] = m.phys;
	regs->regs[4] = m.prot;
	return true;
}

/* kvm_pgtable_stage2_relax_perms(pgt, ipa, prot, ...) */
static bool relax(const struct sabotage *s, struct pt_regs *regs)
{
	struct mapping m = of(argument(regs, 0), argument(regs, 1));

	m.prot = argument(regs, 2);
	if (!m.slot || !s->mapping(&m))
		return false;
	regs->regs[2] = m.prot;
	return true;
}

static bool change(struct mapping *m, u64 without, u64 with)
{
	u64 prot = (m->prot & ~without) | with;

	if (prot == m->prot)
		return false;
	m->prot = prot;
	return true;
}

static bool is_normal(const struct mapping *m)
{
	return !(m->prot & (DEVICE | NC));
}

static bool is_block(const struct mapping *m)
{
	return m->size >= PMD_SIZE;
}

static bool is_last_page(const struct mapping *m)
{
	return is_last(m->slot, faulting_gfn(m->vcpu));
}

/* Types. */

static bool device_is_normal(struct mapping *m)
{
	return change(m, DEVICE, 0);
}

static bool device_is_nc(struct mapping *m)
{
	return m->prot & DEVICE && change(m, DEVICE, NC);
}

static bool device_is_nc_writable(struct mapping *m)
{
	return m->prot & W && device_is_nc(m);
}

static bool device_is_nc_block(struct mapping *m)
{
	return is_block(m) && device_is_nc(m);
}

static bool nc_is_device(struct mapping *m)
{
	return m->prot & NC && change(m, NC, DEVICE);
}

static bool nc_is_device_readonly(struct mapping *m)
{
	return is_readonly(m->slot) && nc_is_device(m);
}

static bool nc_is_normal(struct mapping *m)
{
	return change(m, NC, 0);
}

static bool normal_is_nc(struct mapping *m)
{
	return is_normal(m) && change(m, X, NC);
}

static bool normal_is_nc_readonly(struct mapping *m)
{
	return is_readonly(m->slot) && normal_is_nc(m);
}

static bool normal_is_nc_readonly_log(struct mapping *m)
{
	return is_logging(m->slot) && normal_is_nc_readonly(m);
}

static bool normal_is_nc_readonly_mixedmap(struct mapping *m)
{
	return is_kind(m->vma, VM_MIXEDMAP) && normal_is_nc_readonly(m);
}

static bool normal_is_nc_last_page(struct mapping *m)
{
	return is_last_page(m) && normal_is_nc(m);
}

static bool normal_is_nc_block(struct mapping *m)
{
	return is_block(m) && normal_is_nc(m);
}

static bool normal_is_device_pfnmap(struct mapping *m)
{
	return is_kind(m->vma, VM_PFNMAP) && is_normal(m) && change(m, X, DEVICE);
}

/* Permissions. */

static bool write_lost(struct mapping *m)
{
	return !is_store(m->vcpu) && change(m, W, 0);
}

static bool write_lost_block(struct mapping *m)
{
	return is_block(m) && write_lost(m);
}

static bool write_lost_last_page(struct mapping *m)
{
	return is_last_page(m) && write_lost(m);
}

static bool write_added_readonly_slot(struct mapping *m)
{
	return is_readonly(m->slot) && change(m, 0, W);
}

static bool write_added_readonly_log(struct mapping *m)
{
	return is_logging(m->slot) && write_added_readonly_slot(m);
}

static bool write_added_readonly_slot_block(struct mapping *m)
{
	return is_block(m) && write_added_readonly_slot(m);
}

static bool write_added_logging(struct mapping *m)
{
	return is_logging(m->slot) && !is_readonly(m->slot) && change(m, 0, W);
}

static bool write_added_logging_fetch(struct mapping *m)
{
	return is_fetch(m->vcpu) && write_added_logging(m);
}

static bool write_added_logging_mixedmap(struct mapping *m)
{
	return is_kind(m->vma, VM_MIXEDMAP) && write_added_logging(m);
}

static bool write_added_logging_last_page(struct mapping *m)
{
	return is_last_page(m) && write_added_logging(m);
}

static const struct kvm *logged_later;	/* the VM in which logging was switched on last */

/* kvm_arch_commit_memory_region(kvm, old, new, change) */
static void watch_log(struct pt_regs *regs)
{
	const struct kvm_memory_slot *new = (const struct kvm_memory_slot *)argument(regs, 2);
	const struct kvm *kvm = (const struct kvm *)argument(regs, 0);

	/* Another VM may be at the address of one that is gone. */
	if (argument(regs, 3) == KVM_MR_CREATE && kvm == READ_ONCE(logged_later))
		WRITE_ONCE(logged_later, NULL);
	if (argument(regs, 3) == KVM_MR_FLAGS_ONLY && is_logging(new))
		WRITE_ONCE(logged_later, kvm);
}

static bool write_added_logging_later(struct mapping *m)
{
	return READ_ONCE(logged_later) == m->kvm && write_added_logging(m);
}

static bool execute_lost(struct mapping *m)
{
	return !is_fetch(m->vcpu) && change(m, X, 0);
}

static bool execute_lost_block(struct mapping *m)
{
	return is_block(m) && execute_lost(m);
}

static bool execute_lost_last_page(struct mapping *m)
{
	return is_last_page(m) && execute_lost(m);
}

static bool execute_added(struct mapping *m)
{
	return is_normal(m) && change(m, 0, X);
}

static bool execute_added_block(struct mapping *m)
{
	return is_block(m) && execute_added(m);
}

static bool execute_added_pfnmap(struct mapping *m)
{
	return is_kind(m->vma, VM_PFNMAP) && execute_added(m);
}

static bool read_lost_fetch(struct mapping *m)
{
	return is_fetch(m->vcpu) && !(m->prot & W) && change(m, R, 0);
}

/* Sizes and addresses. */

static bool block_is_page(struct mapping *m)
{
	u64 within = (faulting_gfn(m->vcpu) << PAGE_SHIFT) - m->ipa;

	if (!is_block(m) || within >= m->size)
		return false;
	m->ipa += within;
	m->phys += within;
	m->size = PAGE_SIZE;
	return true;
}

static bool next_page_mapped(struct mapping *m)
{
	if (m->size != PAGE_SIZE)
		return false;
	m->size = 2 * PAGE_SIZE;
	return true;
}

static bool next_page_mapped_last(struct mapping *m)
{
	return is_last_page(m) && next_page_mapped(m);
}

static bool foreign_page(struct mapping *m)
{
	if (m->size != PAGE_SIZE || m->prot & W)
		return false;
	m->phys ^= PAGE_SIZE;
	return true;
}

static bool foreign_page_readonly(struct mapping *m)
{
	return is_readonly(m->slot) && foreign_page(m);
}

static bool foreign_page_last(struct mapping *m)
{
	return is_last_page(m) && foreign_page(m);
}

/* Logging forces pages; what a huge page of hugetlb is mapped by is known. */
static bool block_logging(struct mapping *m)
{
	u64 within = m->ipa & ~PMD_MASK;
	gfn_t first = (m->ipa & PMD_MASK) >> PAGE_SHIFT;

	if (!is_logging(m->slot) || m->size != PAGE_SIZE || !m->vma || !is_vm_hugetlb_page((struct vm_area_struct *)m->vma))
		return false;
	if (within != (m->phys & ~PMD_MASK) || first < m->slot->base_gfn ||
	    first + PTRS_PER_PTE > m->slot->base_gfn + m->slot->npages)
		return false;
	m->ipa &= PMD_MASK;
	m->phys &= PMD_MASK;
	m->size = PMD_SIZE;
	return true;
}

/* fault_supports_stage2_huge_mapping(slot, hva, size): the symbol is there from 7.1 on. */
static bool block_anywhere(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	if (argument(regs, 0) & 1)
		return false;
	set_result(regs, true);
	return true;
}

static bool block_skewed(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_memory_slot *slot = (const struct kvm_memory_slot *)in[0];
	unsigned long first = in[1] & PMD_MASK, end = slot->userspace_addr + (slot->npages << PAGE_SHIFT);

	return first >= slot->userspace_addr && first + PMD_SIZE <= end && block_anywhere(s, in, regs);
}

static bool block_beyond(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_memory_slot *slot = (const struct kvm_memory_slot *)in[0];

	return ((slot->base_gfn << PAGE_SHIFT) ^ slot->userspace_addr) % PMD_SIZE == 0 && block_anywhere(s, in, regs);
}

static bool block_nowhere(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	if (!(argument(regs, 0) & 1))
		return false;
	set_result(regs, false);
	return true;
}

/* Relaxing a leaf. */

static bool relax_no_execute(struct mapping *m)
{
	return change(m, X, 0);
}

static bool relax_no_write(struct mapping *m)
{
	return is_store(m->vcpu) && change(m, W, 0);
}

static bool relax_no_write_logging(struct mapping *m)
{
	return is_logging(m->slot) && relax_no_write(m);
}

static bool relax_store_adds_execute(struct mapping *m)
{
	return is_store(m->vcpu) && is_normal(m) && change(m, 0, X);
}

static bool relax_fetch_adds_write(struct mapping *m)
{
	return is_fetch(m->vcpu) && change(m, 0, W);
}

/* stage2_set_prot_attr(pgt, prot, descriptor) */
#define MEMATTR		GENMASK_ULL(5, 2)
#define S2AP_W		BIT_ULL(7)
#define SHAREABILITY	GENMASK_ULL(9, 8)

static bool encode(const u64 *in, u64 mask, u64 from, u64 to)
{
	u64 *descriptor = (u64 *)in[2];

	if (!faulting_vcpu() || (*descriptor & mask) != from)
		return false;
	*descriptor = (*descriptor & ~mask) | to;
	return true;
}

static bool memattr(const u64 *in, u64 from, u64 to)
{
	return encode(in, MEMATTR, FIELD_PREP(MEMATTR, from), FIELD_PREP(MEMATTR, to));
}

static bool normal_as_stage1(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return memattr(in, 0x6, 0x7);
}

static bool normal_write_through(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return memattr(in, 0xf, 0xa);
}

static bool device_ngnrne(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return memattr(in, 0x1, 0x0);
}

static bool device_encoded_nc(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return memattr(in, 0x1, 0x5);
}

static bool nc_encoded_device(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return memattr(in, 0x5, 0x1);
}

static bool write_not_encoded(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return !is_store(faulting_vcpu()) && encode(in, S2AP_W, S2AP_W, 0);
}

static bool not_shareable(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return encode(in, SHAREABILITY, SHAREABILITY, 0);
}

#define MAPPED(n, f) { .name = n, .function = "kvm_pgtable_stage2_map", .before = map, .mapping = f }
#define RELAXED(n, f) { .name = n, .function = "kvm_pgtable_stage2_relax_perms", .before = relax, .mapping = f }
#define ENCODED(n, f) { .name = n, .function = "stage2_set_prot_attr", .after = f }
#define FITTED(n, f) { .name = n, .function = "fault_supports_stage2_huge_mapping", .after = f }

const struct sabotage mapping_sabotages[] = {
	MAPPED("device-is-normal", device_is_normal),
	MAPPED("device-is-nc", device_is_nc),
	MAPPED("device-is-nc-writable", device_is_nc_writable),
	MAPPED("device-is-nc-block", device_is_nc_block),
	MAPPED("nc-is-device", nc_is_device),
	MAPPED("nc-is-device-readonly", nc_is_device_readonly),
	MAPPED("nc-is-normal", nc_is_normal),
	MAPPED("normal-is-nc", normal_is_nc),
	MAPPED("normal-is-nc-readonly", normal_is_nc_readonly),
	MAPPED("normal-is-nc-readonly-log", normal_is_nc_readonly_log),
	MAPPED("normal-is-nc-readonly-mixedmap", normal_is_nc_readonly_mixedmap),
	MAPPED("normal-is-nc-last-page", normal_is_nc_last_page),
	MAPPED("normal-is-nc-block", normal_is_nc_block),
	MAPPED("normal-is-device-pfnmap", normal_is_device_pfnmap),
	MAPPED("write-lost", write_lost),
	MAPPED("write-lost-block", write_lost_block),
	MAPPED("write-lost-last-page", write_lost_last_page),
	MAPPED("write-added-readonly-slot", write_added_readonly_slot),
	MAPPED("write-added-readonly-log", write_added_readonly_log),
	MAPPED("write-added-readonly-slot-block", write_added_readonly_slot_block),
	MAPPED("write-added-logging", write_added_logging),
	MAPPED("write-added-logging-fetch", write_added_logging_fetch),
	MAPPED("write-added-logging-mixedmap", write_added_logging_mixedmap),
	MAPPED("write-added-logging-last-page", write_added_logging_last_page),
	{
		.name = "write-added-logging-later",
		.function = "kvm_pgtable_stage2_map",
		.before = map,
		.mapping = write_added_logging_later,
		.watched = "kvm_arch_commit_memory_region",
		.watch = watch_log,
	},
	MAPPED("execute-lost", execute_lost),
	MAPPED("execute-lost-block", execute_lost_block),
	MAPPED("execute-lost-last-page", execute_lost_last_page),
	MAPPED("execute-added", execute_added),
	MAPPED("execute-added-block", execute_added_block),
	MAPPED("execute-added-pfnmap", execute_added_pfnmap),
	MAPPED("read-lost-fetch", read_lost_fetch),
	MAPPED("block-is-page", block_is_page),
	MAPPED("block-logging", block_logging),
	MAPPED("next-page-mapped", next_page_mapped),
	MAPPED("next-page-mapped-last", next_page_mapped_last),
	MAPPED("foreign-page", foreign_page),
	MAPPED("foreign-page-readonly", foreign_page_readonly),
	MAPPED("foreign-page-last", foreign_page_last),
	FITTED("block-skewed", block_skewed),
	FITTED("block-beyond", block_beyond),
	FITTED("block-nowhere", block_nowhere),
	RELAXED("relax-no-execute", relax_no_execute),
	RELAXED("relax-no-write", relax_no_write),
	RELAXED("relax-no-write-logging", relax_no_write_logging),
	RELAXED("relax-store-adds-execute", relax_store_adds_execute),
	RELAXED("relax-fetch-adds-write", relax_fetch_adds_write),
	ENCODED("normal-as-stage1", normal_as_stage1),
	ENCODED("normal-write-through", normal_write_through),
	ENCODED("device-ngnrne", device_ngnrne),
	ENCODED("device-encoded-nc", device_encoded_nc),
	ENCODED("nc-encoded-device", nc_encoded_device),
	ENCODED("write-not-encoded", write_not_encoded),
	ENCODED("not-shareable", not_shareable),
	{}
};
