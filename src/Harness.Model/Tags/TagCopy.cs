namespace Harness.Model.Tags;

/// <summary>The loop of kvm_vm_ioctl_mte_copy_tags(): page by page, up to the first that fails.</summary>
internal sealed class TagCopy
{
    private readonly TagRules _rules;
    private readonly PageTags?[]? _slot;
    private readonly TagAct _act;
    private readonly byte _tag;
    private readonly List<PageTags> _read = [];
    private readonly List<Rule> _path = [];

    /// <param name="rules">Those of the release.</param>
    /// <param name="slot">The tags of the slot's pages, which are changed; null: there is no slot.</param>
    /// <param name="act">The act.</param>
    /// <param name="tag">What it stores.</param>
    public TagCopy(TagRules rules, PageTags?[]? slot, TagAct act, byte tag)
    {
        (_rules, _slot, _act, _tag) = (rules, slot, act, tag);
        int first = act.Range is TagRange.Last or TagRange.PastEnd ? 1 : 0;
        int count = act.Range switch
        {
            TagRange.All or TagRange.AllShort or TagRange.PastEnd => 2,
            TagRange.Long => int.MaxValue,
            _ => 1,
        };
        while (Pages < count && Page(first + Pages))
            Pages++;
        if (Pages > 0 && Pages < count)
            _path.Add(TagStatement.Partly);
    }

    /// <summary>How many pages were copied.</summary>
    public int Pages { get; private set; }

    /// <summary>The tags of each that was read.</summary>
    public IReadOnlyList<PageTags> Read => _read;

    /// <summary>What decided, in order, without repetitions.</summary>
    public IEnumerable<Rule> Path => _path.Distinct();

    private bool Page(int page)
    {
        bool to = _act.Verb == TagVerb.To;
        if (_slot is null || page >= _slot.Length || (to && _act.Place == TagPlace.ReadOnly))
            return Fails(TagStatement.NoMemory);
        if (_rules.Counts && _act.Place is TagPlace.Driver or TagPlace.DriverKnown)
            return Fails(TagStatement.NotCounted);
        if (_act.Place == TagPlace.Driver)
            return Fails(TagStatement.NotOnline);
        double room = _act.Range switch
        {
            TagRange.NoBuffer => 0,
            TagRange.Short => 0.5,
            TagRange.AllShort => 1.5 - Pages,
            _ => 1,
        };
        return to ? Write(ref _slot[page], room) : ReadPage(_slot[page], room);
    }

    private bool ReadPage(PageTags? tags, double room)
    {
        if (room < 1)
            return Fails(TagStatement.Buffer);
        _path.Add(tags is null ? TagStatement.None : TagStatement.Read);
        _read.Add(tags ?? default);
        return true;
    }

    private bool Write(ref PageTags? tags, double room)
    {
        if (room >= 1)
        {
            _path.Add(TagStatement.Written);
            tags = PageTags.Of(_tag);
            return true;
        }
        _path.Add(_rules.Partial);
        if (_rules.Clears)
            tags = default(PageTags);
        else if (tags is { } old && room > 0)
            tags = new PageTags(_tag, _tag, old.Back);
        return Fails(TagStatement.Buffer);
    }

    private bool Fails(Rule by)
    {
        _path.Add(by);
        return false;
    }
}
