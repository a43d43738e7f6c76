// Replaces the tags of texts as Argo does: a line of JSON with `text` and `with` in, one with `value` or `error` out.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"

	"github.com/argoproj/argo-workflows/v4/util/logging"
	"github.com/argoproj/argo-workflows/v4/util/template"
)

func main() {
	ctx := logging.WithLogger(context.Background(), logging.NewSlogLogger(logging.Error, logging.Text))
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<28)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked struct {
			Text string
			With map[string]string
		}
		answer := map[string]string{}
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		text, _ := json.Marshal(asked.Text)
		replaced, err := template.Replace(ctx, string(text), asked.With, true)
		var value string
		if err == nil {
			err = json.Unmarshal([]byte(replaced), &value)
		}
		if err != nil {
			answer["error"] = err.Error()
		} else {
			answer["value"] = value
		}
		if err := answers.Encode(answer); err != nil {
			panic(err)
		}
	}
}
