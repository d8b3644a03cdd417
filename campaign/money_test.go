package campaign_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/octoq/octoq/campaign"
)

func TestParseMoney(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want campaign.Money
		err  string
	}{
		"0":                            {want: 0},
		"-0":                           {want: 0},
		"1":                            {want: campaign.Euro},
		"2.58":                         {want: 25_800},
		"-2.58":                        {want: -25_800},
		"0.0485":                       {want: 485},
		"007.5":                        {want: 75_000},
		"0.00010000":                   {want: 1},
		"1e2":                          {want: 100 * campaign.Euro},
		"25.8E-1":                      {want: 25_800},
		"1E+05":                        {want: 100_000 * campaign.Euro},
		"0e64":                         {want: 0},
		"922337203685477.5807":         {want: math.MaxInt64},
		"-922337203685477.5807":        {want: -math.MaxInt64},
		"922337203685477.5808":         {err: "too large"},
		"1e15":                         {err: "too large"},
		"1e64":                         {err: "too large"},
		"0.00001":                      {err: "four decimals"},
		"2.58001":                      {err: "four decimals"},
		"1e-5":                         {err: "four decimals"},
		"":                             {err: "no amount"},
		"-":                            {err: "no amount"},
		"--1":                          {err: "no amount"},
		"+1":                           {err: "no amount"},
		".5":                           {err: "no amount"},
		"5.":                           {err: "no amount"},
		"2,58":                         {err: "no amount"},
		"1_000":                        {err: "no amount"},
		"2.58 €":                       {err: "no amount"},
		"NaN":                          {err: "no amount"},
		"0x10":                         {err: "no amount"},
		"1e":                           {err: "no amount"},
		"1e99999999999":                {err: "no amount"},
		"1e1.5":                        {err: "no amount"},
		"1" + strings.Repeat("0", 64):  {err: "more than 64 characters"},
		"0." + strings.Repeat("0", 62): {want: 0},
	}
	for in, tt := range tests {
		got, err := campaign.ParseMoney(in)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("ParseMoney(%q) = %v, %v, want an error with %q", in, got, err, tt.err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("ParseMoney(%q) = %d, %v, want %d", in, got, err, tt.want)
		}
	}
}

func TestMoneyIsWrittenPlainly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		m            campaign.Money
		people, json string
	}{
		{0, "0.00 €", "0"},
		{1, "0.0001 €", "0.0001"},
		{485, "0.0485 €", "0.0485"},
		{25_800, "2.58 €", "2.58"},
		{25_000, "2.50 €", "2.5"},
		{3 * campaign.Euro, "3.00 €", "3"},
		{-25_800, "-2.58 €", "-2.58"},
		{-1, "-0.0001 €", "-0.0001"},
		{math.MaxInt64, "922337203685477.5807 €", "922337203685477.5807"},
		{math.MinInt64, "-922337203685477.5808 €", "-922337203685477.5808"},
	}
	for _, tt := range tests {
		if got := tt.m.String(); got != tt.people {
			t.Errorf("String of %d: got %q, want %q", int64(tt.m), got, tt.people)
		}
		got, err := json.Marshal(tt.m)
		if err != nil || string(got) != tt.json {
			t.Errorf("JSON of %d: got %s, %v, want %s", int64(tt.m), got, err, tt.json)
		}
		text, err := tt.m.MarshalText()
		if err != nil || string(text) != tt.json {
			t.Errorf("text of %d: got %s, %v, want %s", int64(tt.m), text, err, tt.json)
		}
	}
}

func TestMoneyReadsJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]campaign.Money{`2.58`: 25_800, `"2.58"`: 25_800, `null`: 7, `-1`: -campaign.Euro} {
		got := campaign.Money(7)
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("unmarshal %s: got %d, %v, want %d", in, got, err, want)
		}
	}
	for _, in := range []string{`2.58001`, `"x"`, `true`, `{}`, `""`} {
		var got campaign.Money
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("unmarshal %s: got %d, want an error", in, got)
		}
	}
}

func TestNoMoneyIsLeftOutOfJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(struct {
		Cost campaign.Money `json:"cost,omitzero"`
	}{})
	if err != nil || string(got) != "{}" {
		t.Errorf("got %s, %v, want {}", got, err)
	}
}

func TestMoneySurvivesWriting(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := campaign.Money(rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "money"))
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got campaign.Money
		if err := json.Unmarshal(data, &got); err != nil || got != want {
			t.Fatalf("%d through %s: got %d, %v", int64(want), data, int64(got), err)
		}
	})
}
