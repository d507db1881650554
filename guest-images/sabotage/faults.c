// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a fault comes to: kvm_handle_guest_abort(), and the lookup of the page.
 */
#include <linux/version.h>

#include "sabotage.h"

#define RESUME 1	/* what kvm_handle_guest_abort() returns where the guest goes on */

static bool handled(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_vcpu *vcpu = (const struct kvm_vcpu *)in[0];
	int result = argument(regs, 0);
	int wrong = s->fault(vcpu, result);

	set_result(regs, wrong);
	return wrong != result;
}

static const struct kvm_memory_slot *slot_of(const struct kvm_vcpu *vcpu)
{
	return slot_at(vcpu->kvm, faulting_gfn(vcpu));
}

static const struct vm_area_struct *vma_behind(const struct kvm_vcpu *vcpu)
{
	return vma_of(slot_of(vcpu), faulting_gfn(vcpu));
}

static int efault_ignored(const struct kvm_vcpu *vcpu, int result)
{
	return result == -EFAULT ? RESUME : result;
}

static int efault_is_einval(const struct kvm_vcpu *vcpu, int result)
{
	return result == -EFAULT ? -EINVAL : result;
}

static int efault_is_einval_mixedmap(const struct kvm_vcpu *vcpu, int result)
{
	return is_kind(vma_behind(vcpu), VM_MIXEDMAP) ? efault_is_einval(vcpu, result) : result;
}

static int no_syndrome_other_errno(const struct kvm_vcpu *vcpu, int result)
{
	return result == -ENOSYS ? -EINVAL : result;
}

static int readonly_store_refused(const struct kvm_vcpu *vcpu, int result)
{
	return !result && is_readonly(slot_of(vcpu)) ? -EFAULT : result;
}

static int readonly_store_ignored(const struct kvm_vcpu *vcpu, int result)
{
	if (result || !is_readonly(slot_of(vcpu)))
		return result;
	kvm_incr_pc((struct kvm_vcpu *)vcpu);
	return RESUME;
}

static int last_page_refused(const struct kvm_vcpu *vcpu, int result)
{
	return result == RESUME && is_last(slot_of(vcpu), faulting_gfn(vcpu)) ? -EFAULT : result;
}

static int second_access_refused(const struct kvm_vcpu *vcpu, int result)
{
	return result == RESUME && is_permission_fault(vcpu) ? -EFAULT : result;
}

static int fetch_after_store_refused(const struct kvm_vcpu *vcpu, int result)
{
	return is_fetch(vcpu) ? second_access_refused(vcpu, result) : result;
}

static int logged_readonly_refused(const struct kvm_vcpu *vcpu, int result)
{
	return result == RESUME && has(slot_of(vcpu), KVM_MEM_READONLY | KVM_MEM_LOG_DIRTY_PAGES) ? -EFAULT : result;
}

/*
 * __kvm_faultin_pfn(slot, gfn, foll, writable, page), 6.13+
 * __gfn_to_pfn_memslot(slot, gfn, atomic, interruptible, async, write, writable, hva), before
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define LOOKUP "__kvm_faultin_pfn"
#define WRITABLE 3
static bool is_write_lookup(const struct pt_regs *regs)
{
	return argument(regs, 2) & FOLL_WRITE;
}

static void make_read_lookup(struct pt_regs *regs)
{
	regs->regs[2] &= ~(u64)FOLL_WRITE;
}
#else
#define LOOKUP "__gfn_to_pfn_memslot"
#define WRITABLE 6
static bool is_write_lookup(const struct pt_regs *regs)
{
	return argument(regs, 5) & 0xff;
}

static void make_read_lookup(struct pt_regs *regs)
{
	regs->regs[5] = false;
}
#endif

static bool store_looks_up_read(const struct sabotage *s, struct pt_regs *regs)
{
	if (!faulting_vcpu() || !is_write_lookup(regs))
		return false;
	make_read_lookup(regs);
	return true;
}

static bool store_looks_up_read_second(const struct sabotage *s, struct pt_regs *regs)
{
	return is_permission_fault(faulting_vcpu()) && store_looks_up_read(s, regs);
}

static bool set_writable(const u64 *in, bool value)
{
	bool *writable = (bool *)in[WRITABLE];

	if (!writable || *writable == value)
		return false;
	*writable = value;
	return true;
}

static bool readonly_slot_writable(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return is_readonly((const struct kvm_memory_slot *)in[0]) && set_writable(in, true);
}

static bool page_not_writable(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_vcpu *vcpu = faulting_vcpu();

	return vcpu && !is_store(vcpu) && set_writable(in, false);
}

static bool page_not_writable_fetch(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	return is_fetch(faulting_vcpu()) && set_writable(in, false);
}

static bool readonly_vma_writable(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct kvm_memory_slot *slot = (const struct kvm_memory_slot *)in[0];
	const struct vm_area_struct *vma = vma_of(slot, in[1]);

	return vma && !(vma->vm_flags & VM_WRITE) && !is_readonly(slot) && set_writable(in, true);
}

static bool cow_pfnmap_writable(const struct sabotage *s, const u64 *in, struct pt_regs *regs)
{
	const struct vm_area_struct *vma = vma_of((const struct kvm_memory_slot *)in[0], in[1]);

	return is_kind(vma, VM_PFNMAP) && !(vma->vm_flags & VM_SHARED) && set_writable(in, true);
}

/* kvm_inject_sea(vcpu, iabt, addr), 6.17+; before, the two have functions of their own. */
static bool fetch_abort_is_data(const struct sabotage *s, struct pt_regs *regs)
{
	if (!is_fetch(faulting_vcpu()) || !argument(regs, 1))
		return false;
	regs->regs[1] = false;
	return true;
}

static bool fetch_abort_lost(const struct sabotage *s, struct pt_regs *regs)
{
	if (!is_fetch(faulting_vcpu()))
		return false;
	set_result(regs, RESUME);
	return true;
}

#define HANDLED(n, f) { .name = n, .function = "kvm_handle_guest_abort", .after = handled, .fault = f }
#define LOOKED_UP(n, f) { .name = n, .function = LOOKUP, .after = f }

const struct sabotage fault_sabotages[] = {
	HANDLED("efault-ignored", efault_ignored),
	HANDLED("efault-is-einval", efault_is_einval),
	HANDLED("efault-is-einval-mixedmap", efault_is_einval_mixedmap),
	HANDLED("no-syndrome-other-errno", no_syndrome_other_errno),
	HANDLED("readonly-store-refused", readonly_store_refused),
	HANDLED("readonly-store-ignored", readonly_store_ignored),
	HANDLED("last-page-refused", last_page_refused),
	HANDLED("second-access-refused", second_access_refused),
	HANDLED("fetch-after-store-refused", fetch_after_store_refused),
	HANDLED("logged-readonly-refused", logged_readonly_refused),
	{ .name = "store-looks-up-read", .function = LOOKUP, .before = store_looks_up_read },
	{ .name = "store-looks-up-read-second", .function = LOOKUP, .before = store_looks_up_read_second },
	LOOKED_UP("readonly-slot-writable", readonly_slot_writable),
	LOOKED_UP("page-not-writable", page_not_writable),
	LOOKED_UP("page-not-writable-fetch", page_not_writable_fetch),
	LOOKED_UP("readonly-vma-writable", readonly_vma_writable),
	LOOKED_UP("cow-pfnmap-writable", cow_pfnmap_writable),
	{ .name = "fetch-abort-is-data", .function = "kvm_inject_sea", .before = fetch_abort_is_data },
	{ .name = "fetch-abort-lost", .function = "kvm_inject_sea", .older = "kvm_inject_pabt", .instead = fetch_abort_lost },
	{}
};
