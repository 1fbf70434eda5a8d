/**
 * What `jobctl completion` prints. A script evaluates nothing that it is answered with. A library would be better, but those
 * for Node.js (@bomb.sh/tab, omelette, tabtab) complete no files, do not wait for names that a system has to be asked for, or
 * put such a name unquoted into the command line, where it may run.
 */
export const scripts = {
  bash: `# Completion of jobctl for bash. In ~/.bashrc: eval "$(jobctl completion bash)"
_jobctl() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(jobctl complete-line "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)
}
complete -F _jobctl jobctl
`,
  zsh: `#compdef jobctl
# Completion of jobctl for zsh. In ~/.zshrc, after compinit: eval "$(jobctl completion zsh)"
_jobctl() {
  local line
  local -a candidates
  candidates=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compset -P '*='
      _files
      return
    fi
    candidates+=("\${line/$'\\t'/:}")
  done < <(jobctl complete-line "\${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null </dev/null)
  [[ $PREFIX == --*=* ]] && compset -P '*='
  (( $#candidates )) && _describe -t jobctl 'jobctl' candidates
}
if [[ $funcstack[1] == _jobctl ]]; then
  _jobctl "$@"
else
  compdef _jobctl jobctl
fi
`,
} as const;

export type Shell = keyof typeof scripts;
