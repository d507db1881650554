using System.Collections;

namespace Harness.Protocol.Tests;

/// <summary>Compares two messages by their whole content.</summary>
internal static class Deep
{
    public static void AssertSame(object? actual, object? expected, string where = "$")
    {
        if (
            expected is null
            || actual is null
            || expected is string or Fields
            || expected.GetType().IsPrimitive
            || expected.GetType().IsEnum
        )
        {
            Assert.That(actual, Is.EqualTo(expected), where);
            return;
        }
        if (expected is IDictionary dictionary)
        {
            Assert.That(((IDictionary)actual).Count, Is.EqualTo(dictionary.Count), where);
            foreach (DictionaryEntry e in dictionary)
                AssertSame(((IDictionary)actual)[e.Key], e.Value, $"{where}.{e.Key}");
            return;
        }
        if (expected is IEnumerable items)
        {
            object?[] theirs = [.. items.Cast<object?>()],
                ours = [.. ((IEnumerable)actual).Cast<object?>()];
            Assert.That(ours, Has.Length.EqualTo(theirs.Length), where);
            for (int i = 0; i < theirs.Length; i++)
                AssertSame(ours[i], theirs[i], $"{where}[{i}]");
            return;
        }
        Assert.That(actual.GetType(), Is.EqualTo(expected.GetType()), where);
        foreach (
            var property in expected
                .GetType()
                .GetProperties()
                .Where(p => p.GetIndexParameters().Length == 0 && p.Name != "Op")
        )
            AssertSame(property.GetValue(actual), property.GetValue(expected), $"{where}.{property.Name}");
    }
}
