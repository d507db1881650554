using System.Text.Json;
using Harness.Reports.Migrations;
using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>
/// What the script shows about a selected migration: a number for every text, a list for every cell of every matrix.
/// </summary>
internal static class MigrationsData
{
    /// <summary>
    /// {"texts": [...], "of": [{"id", "title", "from": [...], "to": [...], "cells": [[cell or null]]}]}; null if there
    /// are no migrations.
    /// </summary>
    public static void Write(Utf8JsonWriter json, ReportModel model, Func<string, string> shown)
    {
        var texts = new Numbered();
        json.WriteStartObject();
        json.WriteStartArray("of");
        foreach (var matrix in MigrationMatrix.Of(model.Moves))
        {
            json.WriteStartObject();
            json.WriteString("id", matrix.CaseId);
            json.WriteString("title", shown(matrix.Title));
            Names("from", matrix.Sources);
            Names("to", matrix.Destinations);
            json.WriteStartArray("cells");
            foreach (string from in matrix.Sources)
            {
                json.WriteStartArray();
                foreach (string to in matrix.Destinations)
                    Cell(json, texts, model, matrix[from, to]);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Names("texts", texts.Texts);
        json.WriteEndObject();

        void Names(string name, IReadOnlyList<string> values)
        {
            json.WriteStartArray(name);
            foreach (string value in values)
                json.WriteStringValue(shown(value));
            json.WriteEndArray();
        }
    }

    private static void Cell(Utf8JsonWriter json, Numbered texts, ReportModel model, MigrationCell? cell)
    {
        if (cell is null)
        {
            json.WriteNullValue();
            return;
        }
        var became = cell.Row.Migration;
        json.WriteStartArray();
        json.WriteNumberValue(Verdicts.All.ToList().IndexOf(cell.Row.Verdict));
        string?[] words =
        [
            became?.Stage is { } stage
                ? became.Errno is { } errno
                    ? $"{stage} {errno}"
                    : stage
                : null,
            cell.Predicted,
            model.ObservedOf(cell.Row),
            MigrationStory.Mapped(became),
            became?.Violation,
            became?.ViolationRule,
            cell.Row.Rule,
            cell.Row.Reason,
            became?.Refused is { } refused
                ? refused == 0
                    ? "none"
                    : $"{Headline.Number(refused)}: {became.RefusedRegisters}"
                : null,
            became is { Bytes: > 0 } ? MigrationStory.Size(became.Bytes) : null,
            MigrationStory.Time(became),
        ];
        foreach (string? word in words)
            json.WriteNumberValue(texts.Of(word));
        json.WriteEndArray();
    }
}
