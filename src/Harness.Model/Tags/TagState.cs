namespace Harness.Model.Tags;

/// <summary>The tags of a VM's memory, act by act.</summary>
internal sealed class TagState(Policy policy, HostFacts host, TagRules rules)
{
    private readonly Dictionary<TagPlace, TaggedSlot> _slots = [];
    private bool _enabled;
    private bool _vcpu;

    /// <summary>A slot, and the tags of its memory.</summary>
    private sealed class TaggedSlot(bool late)
    {
        /// <summary>It was registered before the VM had tags, and would be refused now.</summary>
        public bool Late => late;

        /// <summary>The dirty pages; null if the slot isn't logged.</summary>
        public int? Log { get; set; }

        /// <summary>Of each page; null: it has none yet.</summary>
        public PageTags?[] Tags { get; } = new PageTags?[TagCase.Pages];
    }

    /// <summary>Makes an act.</summary>
    /// <param name="act">The act.</param>
    /// <param name="tag">What it stores.</param>
    public TagPrediction Take(TagAct act, byte tag)
    {
        var part = new TagPart(act.Name);
        return act.Verb switch
        {
            TagVerb.Enable => Enable(part),
            TagVerb.Vcpu => Vcpu(part),
            TagVerb.Slot => Register(act.Place, part),
            TagVerb.LogOn => Log(act.Place, part, on: true),
            TagVerb.LogOff => Log(act.Place, part, on: false),
            TagVerb.DirtyLog => ReadLog(act.Place, part),
            TagVerb.Discard => Discard(act.Place, part),
            TagVerb.To or TagVerb.From => Copy(act, part, tag),
            _ => ByGuest(act, part, tag),
        };
    }

    private Prediction Registration(TagPlace place, bool tags, SlotFlags flags = SlotFlags.None) =>
        policy.Predict(host, Setting(place, tags, late: false, Access.Read, flags));

    private static AccessCase Setting(TagPlace place, bool tags, bool late, Access access, SlotFlags flags) =>
        new(
            TagCase.BackingOf(place),
            VmaWritable: true,
            flags | (place == TagPlace.ReadOnly ? SlotFlags.ReadOnly : SlotFlags.None),
            new AccessList(access)
        )
        {
            Mte = tags,
            Late = late,
        };

    private TagPrediction Enable(TagPart part)
    {
        var possible = Registration(TagPlace.Plain, tags: true);
        if (possible.Registration != Errno.None)
            return new(part with { Errno = possible.Registration }, [possible.RegistrationPath[^1]]);
        if (_vcpu)
            return new(part with { Errno = Errno.EINVAL }, [TagStatement.VcpuFirst]);
        _enabled = true;
        return new(part, [TagStatement.Enabled]);
    }

    private TagPrediction Vcpu(TagPart part)
    {
        _vcpu = true;
        return new(part, [TagStatement.VcpuMade]);
    }

    private TagPrediction Register(TagPlace place, TagPart part)
    {
        var made = Registration(place, _enabled);
        if (made.Registration == Errno.None)
            _slots[place] = new TaggedSlot(
                Registration(place, tags: true).RegistrationPath is [.., { Effect: Effect.Refuse }]
            );
        return new(part with { Errno = made.Registration }, made.RegistrationPath);
    }

    private TagPrediction Log(TagPlace place, TagPart part, bool on)
    {
        var changed = Registration(place, _enabled, on ? SlotFlags.LogDirtyPages : SlotFlags.None);
        if (changed.Registration == Errno.None && _slots.TryGetValue(place, out var slot))
            slot.Log = on ? 0 : null;
        return new(part with { Errno = changed.Registration }, changed.RegistrationPath);
    }

    private TagPrediction ReadLog(TagPlace place, TagPart part)
    {
        if (!_slots.TryGetValue(place, out var slot) || slot.Log is not { } dirty)
            return new(part with { Errno = Errno.ENOENT }, [TagStatement.NoLog]);
        slot.Log = 0;
        return new(part with { Dirty = dirty }, [TagStatement.Log]);
    }

    /// <summary>Of anonymous memory; a driver's is not given back.</summary>
    private TagPrediction Discard(TagPlace place, TagPart part)
    {
        if (TagCase.BackingOf(place).Sharing == Sharing.Shared)
            return new(part, [TagStatement.Kept]);
        if (_slots.TryGetValue(place, out var slot))
            Array.Clear(slot.Tags);
        return new(part, [TagStatement.Dropped]);
    }

    private TagPrediction ByGuest(TagAct act, TagPart part, byte tag)
    {
        if (!_slots.TryGetValue(act.Place, out var slot))
            return new(part with { Errno = Errno.ENOSYS }, [policy.Rule("no-slot-no-syndrome")]);
        bool stores = act.Verb == TagVerb.Store;
        var served = policy
            .Predict(
                host,
                Setting(
                    act.Place,
                    _enabled,
                    _enabled && slot.Late,
                    stores ? Access.StorePair : Access.LoadPair,
                    slot.Log is null ? SlotFlags.None : SlotFlags.LogDirtyPages
                )
            )
            .Accesses[^1];
        if (served.Outcome.Kind != OutcomeKind.Mapped)
            return new(part with { Errno = served.Outcome.Errno }, served.Path);
        if (stores && slot.Log is { } dirty)
            slot.Log = dirty | 1 << (int)act.Range;
        ref var tags = ref slot.Tags[(int)act.Range];
        if (_enabled)
            tags = stores ? (tags ?? default) with { First = tag } : tags ?? default;
        byte found = _enabled ? tags!.Value.First : (byte)0;
        return new(
            stores ? part : part with { Tag = found },
            [.. served.Path, _enabled ? TagStatement.OfGuest : TagStatement.Hidden]
        );
    }

    private TagPrediction Copy(TagAct act, TagPart part, byte tag)
    {
        bool to = act.Verb == TagVerb.To;
        if (!_enabled)
            return Refused(Errno.EINVAL, TagStatement.NotEnabled);
        if (act.Range is TagRange.Reserved or TagRange.Flags or TagRange.AddressUnaligned or TagRange.LengthUnaligned)
            return Refused(Errno.EINVAL, TagStatement.Arguments);
        if (act.Range == TagRange.Long && rules.LimitsLength)
            return Refused(Errno.EINVAL, TagStatement.Length);
        bool logged = _slots.Values.Any(s => s.Log is not null);
        if (to && logged && rules.IsBusy)
            return Refused(Errno.EBUSY, TagStatement.Busy);
        if (act.Range == TagRange.Nothing)
            return new(part with { Pages = 0 }, [TagStatement.Nothing]);
        var copied = new TagCopy(rules, _slots.GetValueOrDefault(act.Place)?.Tags, act, tag);
        var path = copied.Path.ToList();
        if (to && logged && copied.Pages > 0)
            path.Add(TagStatement.Unlogged);
        return copied.Pages == 0
            ? new(part with { Errno = Errno.EFAULT }, path)
            : new(
                part with
                {
                    Pages = copied.Pages,
                    One = copied.Read.Count > 0 ? copied.Read[0] : null,
                    Two = copied.Read.Count > 1 ? copied.Read[1] : null,
                },
                path
            );

        TagPrediction Refused(Errno errno, Rule by) => new(part with { Errno = errno }, [by]);
    }
}
