package enqueue_test

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/octoq/octoq/enqueue"
)

// benchReader reads the same thousand campaigns again and again.
func benchReader(b *testing.B, header string, line func(i int) string, read func(io.Reader) iter.Seq[enqueue.Item]) {
	b.Helper()
	const lines = 1000
	var text strings.Builder
	text.WriteString(header)
	for i := range lines {
		text.WriteString(line(i))
	}
	b.ReportAllocs()
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		n := 0
		for item := range read(strings.NewReader(text.String())) {
			if item.Err != nil {
				b.Fatal(item.Err)
			}
			n++
		}
		if n != lines {
			b.Fatalf("got %d campaigns, want %d", n, lines)
		}
	}
}

const benchText = "Hello {first_name}, from Monday to Saturday everything in the shop is 20 % off. STOP au 30101"

func BenchmarkCSV(b *testing.B) {
	header := "id;list_name;text;type;purpose;sender;send_at;with_replies;max_cost;labels.season\n"
	benchReader(b, header, func(i int) string {
		return fmt.Sprintf("bench-%d;customers;%q;sms_premium;wholesale;The Shop;2030-10-03T07:42:39+02:00;false;12.50;spring\n", i, benchText)
	}, func(r io.Reader) iter.Seq[enqueue.Item] { return enqueue.CSV(r) })
}

func BenchmarkJSONLines(b *testing.B) {
	benchReader(b, "", func(i int) string {
		return fmt.Sprintf(`{"id":"bench-%d","list_name":"customers","text":"%s","type":"sms_premium","purpose":"wholesale","sender":"The Shop",`+
			`"send_at":"2030-10-03T07:42:39+02:00","with_replies":false,"max_cost":12.50,"labels":{"season":"spring"}}`+"\n", i, benchText)
	}, func(r io.Reader) iter.Seq[enqueue.Item] { return enqueue.JSONLines(r) })
}
