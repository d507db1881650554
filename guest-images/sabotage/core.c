// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/stage2_sabotage:
 *   armed   written: a sabotage's name, or "none"; read: the name, a blank, and
 *           how often it made something wrong
 *   list    all names, each with the function that it is in
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>

#include "sabotage.h"

#define FAULTS	64	/* handled at the same time */
#define NAME	64

static const struct sabotage *const tables[] = {
	registration_sabotages,
	fault_sabotages,
	mapping_sabotages,
	unmapping_sabotages,
};

static DEFINE_MUTEX(arming);	/* guards armed and the probes */
static const struct sabotage *armed;
static struct kprobe entry_probes[2];
static int entry;	/* which of them is registered */
static struct kprobe watch_probe;
static struct kretprobe return_probe;
static atomic_t fired;
static struct dentry *folder;

/* Which task handles which vCPU's fault. */
static struct fault {
	struct task_struct *task;
	struct kvm_vcpu *vcpu;
} faults[FAULTS];

struct kvm_vcpu *faulting_vcpu(void)
{
	int i;

	for (i = 0; i < FAULTS; i++)
		if (READ_ONCE(faults[i].task) == current)
			return faults[i].vcpu;
	return NULL;
}

static int fault_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	int i;

	for (i = 0; i < FAULTS; i++)
		if (!cmpxchg(&faults[i].task, NULL, current)) {
			faults[i].vcpu = (struct kvm_vcpu *)argument(regs, 0);
			return 0;
		}
	return 1;
}

static int fault_ends(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	int i;

	for (i = 0; i < FAULTS; i++)
		if (READ_ONCE(faults[i].task) == current) {
			faults[i].vcpu = NULL;
			smp_store_release(&faults[i].task, NULL);
		}
	return 0;
}

static struct kretprobe fault_probe = {
	.kp.symbol_name = "kvm_handle_guest_abort",
	.entry_handler = fault_begins,
	.handler = fault_ends,
	.maxactive = FAULTS,
};

static int at_entry(struct kprobe *probe, struct pt_regs *regs)
{
	if (armed->before && armed->before(armed, regs))
		atomic_inc(&fired);
	if (!armed->instead || !armed->instead(armed, regs))
		return 0;
	atomic_inc(&fired);
	instruction_pointer_set(regs, procedure_link_pointer(regs));
	return 1;
}

static int at_watched(struct kprobe *probe, struct pt_regs *regs)
{
	armed->watch(regs);
	return 0;
}

static int keep_arguments(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	memcpy(instance->data, regs->regs, ARGUMENTS * sizeof(u64));
	return 0;
}

static int at_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	if (armed->after(armed, (const u64 *)instance->data, regs))
		atomic_inc(&fired);
	return 0;
}

static int probe_entry(const char *function)
{
	entry_probes[!entry] = (struct kprobe) { .symbol_name = function, .pre_handler = at_entry };
	int ret = register_kprobe(&entry_probes[!entry]);

	if (!ret)
		entry = !entry;
	return ret;
}

/*
 * Of the probes at one address the newest is called first (add_new_kprobe(),
 * kernel/kprobes.c). A trace event that was made after arming would see the
 * arguments as they were: then the sabotage's probe is made newer than it,
 * before the task that made the event returns to user space.
 */
static int (*add_task_work)(struct task_struct *, struct callback_head *, enum task_work_notify_mode);

static void renew(struct callback_head *work)
{
	struct kprobe *older;

	mutex_lock(&arming);
	older = &entry_probes[entry];
	if (armed && !armed->after && !probe_entry(older->symbol_name))
		unregister_kprobe(older);
	mutex_unlock(&arming);
	kfree(work);
	module_put(THIS_MODULE);
}

static int registration_begins(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(struct kprobe **)instance->data = (struct kprobe *)argument(regs, 0);
	return 0;
}

static int registration_ends(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct kprobe *made = *(struct kprobe **)instance->data;
	const struct sabotage *s = READ_ONCE(armed);
	struct callback_head *work;

	if (argument(regs, 0) || !s || s->after || made == &entry_probes[0] || made == &entry_probes[1] ||
	    made->addr != entry_probes[entry].addr)
		return 0;
	work = kzalloc(sizeof(*work), GFP_ATOMIC);
	if (!work)
		return 0;
	init_task_work(work, renew);
	__module_get(THIS_MODULE);
	if (add_task_work(current, work, TWA_RESUME)) {
		kfree(work);
		module_put(THIS_MODULE);
	}
	return 0;
}

static struct kretprobe registration_probe = {
	.kp.symbol_name = "register_kprobe",
	.entry_handler = registration_begins,
	.handler = registration_ends,
	.data_size = sizeof(struct kprobe *),
	.maxactive = FAULTS,
};

/* The address of a function that is not exported. */
static void *address_of(const char *symbol)
{
	struct kprobe found = { .symbol_name = symbol };

	if (register_kprobe(&found))
		return NULL;
	unregister_kprobe(&found);
	return found.addr;
}

static int probe(const struct sabotage *s, const char *function)
{
	if (s->after) {
		return_probe = (struct kretprobe) {
			.kp.symbol_name = function,
			.entry_handler = keep_arguments,
			.handler = at_return,
			.data_size = ARGUMENTS * sizeof(u64),
			.maxactive = FAULTS,
		};
		return register_kretprobe(&return_probe);
	}
	return probe_entry(function);
}

static void disarm(void)
{
	if (!armed)
		return;
	if (armed->after)
		unregister_kretprobe(&return_probe);
	else
		unregister_kprobe(&entry_probes[entry]);
	if (armed->watched)
		unregister_kprobe(&watch_probe);
	armed = NULL;
}

static int arm(const struct sabotage *s)
{
	int ret;

	disarm();
	atomic_set(&fired, 0);
	armed = s;
	if (s->watched) {
		watch_probe = (struct kprobe) { .symbol_name = s->watched, .pre_handler = at_watched };
		ret = register_kprobe(&watch_probe);
		if (ret) {
			pr_err("%s: %s can't be probed: %d\n", s->name, s->watched, ret);
			armed = NULL;
			return -EOPNOTSUPP;
		}
	}
	ret = probe(s, s->function);
	if (ret == -ENOENT && s->older)
		ret = probe(s, s->older);
	if (!ret)
		return 0;
	pr_err("%s: %s can't be probed: %d\n", s->name, s->function, ret);
	if (s->watched)
		unregister_kprobe(&watch_probe);
	armed = NULL;
	return ret == -ENOENT ? -ENOENT : -EOPNOTSUPP;
}

static const struct sabotage *find(const char *name)
{
	const struct sabotage *s;
	int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (s = tables[i]; s->name; s++)
			if (!strcmp(s->name, name))
				return s;
	return NULL;
}

static ssize_t armed_write(struct file *file, const char __user *from, size_t length, loff_t *offset)
{
	const struct sabotage *s;
	char name[NAME];
	int ret = 0;

	if (length >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, from, length))
		return -EFAULT;
	name[length] = 0;
	strim(name);

	mutex_lock(&arming);
	s = find(name);
	if (!strcmp(name, "none"))
		disarm();
	else
		ret = s ? arm(s) : -EINVAL;
	mutex_unlock(&arming);
	return ret ?: length;
}

static int armed_show(struct seq_file *to, void *unused)
{
	mutex_lock(&arming);
	seq_printf(to, "%s %d\n", armed ? armed->name : "none", atomic_read(&fired));
	mutex_unlock(&arming);
	return 0;
}

static int armed_open(struct inode *inode, struct file *file)
{
	return single_open(file, armed_show, NULL);
}

static const struct file_operations armed_ops = {
	.owner = THIS_MODULE,
	.open = armed_open,
	.read = seq_read,
	.write = armed_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int list_show(struct seq_file *to, void *unused)
{
	const struct sabotage *s;
	int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (s = tables[i]; s->name; s++)
			seq_printf(to, "%s %s\n", s->name, s->function);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(list);

static int __init sabotage_init(void)
{
	int ret;

	add_task_work = address_of("task_work_add");
	if (!add_task_work)
		return -EOPNOTSUPP;
	ret = register_kretprobe(&fault_probe);
	if (ret) {
		pr_err("%s can't be probed: %d\n", fault_probe.kp.symbol_name, ret);
		return ret;
	}
	ret = register_kretprobe(&registration_probe);
	if (ret) {
		pr_err("%s can't be probed: %d\n", registration_probe.kp.symbol_name, ret);
		unregister_kretprobe(&fault_probe);
		return ret;
	}
	folder = debugfs_create_dir("stage2_sabotage", NULL);
	debugfs_create_file("armed", 0600, folder, NULL, &armed_ops);
	debugfs_create_file("list", 0400, folder, NULL, &list_fops);
	return 0;
}

static void __exit sabotage_exit(void)
{
	debugfs_remove(folder);
	unregister_kretprobe(&registration_probe);
	mutex_lock(&arming);
	disarm();
	mutex_unlock(&arming);
	unregister_kretprobe(&fault_probe);
}

module_init(sabotage_init);
module_exit(sabotage_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Makes KVM decide wrongly, to test what tests KVM");
