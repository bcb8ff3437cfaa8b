// The search of context_demo.cpp in Go: three replicas, the first answer wins, the others stop.
package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"time"
)

// snippet: search
func search(ctx context.Context, files []string, word string, order []int) (lines int, err error) {
	for _, index := range order {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		text, err := os.ReadFile(files[index])
		if err != nil {
			return 0, err
		}
		for _, line := range bytes.Split(text, []byte("\n")) {
			if bytes.Contains(line, []byte(word)) {
				lines++
			}
		}
	}
	return lines, nil
}

// snippet end

// snippet: first
func first(ctx context.Context, files []string, word string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel() // to all who are still at it
	replies := make(chan int)
	for range 3 {
		go func() {
			lines, err := search(ctx, files, word, rand.Perm(len(files)))
			if err != nil {
				return
			}
			select {
			case replies <- lines:
			case <-ctx.Done(): // another was faster
			}
		}()
	}
	select {
	case lines := <-replies:
		return lines, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// snippet end

func main() {
	var files []string
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	lines, err := first(context.Background(), files, "include")
	fmt.Println(lines, err)
}
