/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sabotage: one wrong decision that the running kernel's KVM is made to take,
 * at the entry of a function (its arguments), in place of it, or at its return
 * (its result). For tests of the harness alone: sabotages.json describes each.
 */
#ifndef STAGE2_SABOTAGE_H
#define STAGE2_SABOTAGE_H

#include <linux/bitfield.h>
#include <linux/hugetlb.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_pgtable.h>

#define ARGUMENTS 8

/* A memslot that is about to be created or changed. */
struct registration {
	struct kvm *kvm;
	const struct kvm_memory_slot *old;
	const struct kvm_memory_slot *new;
	enum kvm_mr_change change;
};

/* A leaf that is about to be written. */
struct mapping {
	struct kvm *kvm;
	const struct kvm_memory_slot *slot;
	const struct vm_area_struct *vma;
	const struct kvm_vcpu *vcpu;	/* whose fault it is */
	u64 ipa;
	u64 size;
	u64 phys;
	u64 prot;
};

struct sabotage {
	const char *name;
	const char *function;
	const char *older;	/* what it was called before, with the same arguments */
	/* One of these. Each returns whether anything was made wrong. */
	bool (*before)(const struct sabotage *s, struct pt_regs *regs);
	bool (*instead)(const struct sabotage *s, struct pt_regs *regs);
	bool (*after)(const struct sabotage *s, const u64 *in, struct pt_regs *regs);
	/* What those need. */
	int (*registration)(const struct registration *r, int result);
	int (*fault)(const struct kvm_vcpu *vcpu, int result);
	bool (*mapping)(struct mapping *m);
	/* Called at the entry of another function, to know later what happened before. */
	const char *watched;
	void (*watch)(struct pt_regs *regs);
};

/* Each ends with one without a name. */
extern const struct sabotage registration_sabotages[];
extern const struct sabotage fault_sabotages[];
extern const struct sabotage mapping_sabotages[];
extern const struct sabotage unmapping_sabotages[];

/* The vCPU whose stage-2 fault the current task handles; NULL: none. */
struct kvm_vcpu *faulting_vcpu(void);

static inline u64 argument(const struct pt_regs *regs, int number)
{
	return regs->regs[number];
}

/* The result of a function that was executed, or that is replaced. */
static inline void set_result(struct pt_regs *regs, long result)
{
	regs->regs[0] = result;
}

static inline const struct kvm_memory_slot *slot_at(struct kvm *kvm, gfn_t gfn)
{
	return __gfn_to_memslot(kvm_memslots(kvm), gfn);
}

static inline bool has(const struct kvm_memory_slot *slot, u32 flags)
{
	return slot && (slot->flags & flags) == flags;
}

static inline bool is_readonly(const struct kvm_memory_slot *slot)
{
	return has(slot, KVM_MEM_READONLY);
}

static inline bool is_logging(const struct kvm_memory_slot *slot)
{
	return has(slot, KVM_MEM_LOG_DIRTY_PAGES);
}

static inline bool is_last(const struct kvm_memory_slot *slot, gfn_t gfn)
{
	return slot && slot->npages > 1 && gfn == slot->base_gfn + slot->npages - 1;
}

static inline const struct vm_area_struct *vma_at(unsigned long address)
{
	return current->mm ? vma_lookup(current->mm, address) : NULL;
}

static inline const struct vm_area_struct *vma_of(const struct kvm_memory_slot *slot, gfn_t gfn)
{
	return slot ? vma_at(slot->userspace_addr + ((gfn - slot->base_gfn) << PAGE_SHIFT)) : NULL;
}

static inline bool is_kind(const struct vm_area_struct *vma, vm_flags_t flags)
{
	return vma && vma->vm_flags & flags;
}

static inline bool is_cacheable(const struct vm_area_struct *vma)
{
	switch (FIELD_GET(PTE_ATTRINDX_MASK, pgprot_val(vma->vm_page_prot))) {
	case MT_NORMAL_NC:
	case MT_DEVICE_nGnRnE:
	case MT_DEVICE_nGnRE:
		return false;
	default:
		return true;
	}
}

static inline bool is_permission_fault(const struct kvm_vcpu *vcpu)
{
	return vcpu && kvm_vcpu_trap_is_permission_fault(vcpu);
}

static inline bool is_fetch(const struct kvm_vcpu *vcpu)
{
	return vcpu && kvm_vcpu_trap_is_exec_fault(vcpu);
}

static inline bool is_store(const struct kvm_vcpu *vcpu)
{
	return vcpu && kvm_is_write_fault((struct kvm_vcpu *)vcpu);
}

static inline gfn_t faulting_gfn(const struct kvm_vcpu *vcpu)
{
	return kvm_vcpu_get_fault_ipa(vcpu) >> PAGE_SHIFT;
}

#endif
