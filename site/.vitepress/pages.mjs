// Which files of the repository are pages, and where a link of a page leads.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import GithubSlugger, { slug } from 'github-slugger'

export const repository = path.resolve(import.meta.dirname, '../..')
export const source = path.join(repository, 'site/target/pages')
export const github = 'https://github.com/scoreflux/scoreflux'
export const navigation = JSON.parse(fs.readFileSync(path.join(repository, 'site/navigation.json'), 'utf8'))

/** Every page: those of the navigation, and all of docs/. Throws if one of docs/ cannot be reached from the navigation. */
export function pages() {
  const listed = new Set(navigation.flatMap(group => group.items).map(item => item.page.split('#')[0]))
  const docs = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'docs/*.md'], { cwd: repository, encoding: 'utf8' })
    .split('\n').filter(Boolean)
  const missing = docs.filter(page => !listed.has(page) && !page.startsWith('docs/decisions/'))
  if (missing.length > 0) throw new Error(`site/navigation.json does not list ${missing.join(', ')}`)
  return [...new Set([...listed, ...docs])]
}

/** The fragment identifiers of a Markdown file, as GitHub makes them of its headings. */
function anchors(file) {
  const slugger = new GithubSlugger()
  const text = fs.readFileSync(path.join(repository, file), 'utf8').replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
  return new Set([...text.matchAll(/^#{1,6} +(.*?) *#*$/gm)].map(match => slugger.slug(plain(match[1]))))
}

const plain = heading => heading.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')

export const slugify = slug

/** The address in the site of a link in a page; throws if nothing is there. */
export function target(page, href, isPage) {
  if (/^[a-z][a-z+.-]*:|^\/\//i.test(href)) return href
  const [file, fragment] = href.split('#')
  const linked = file === '' ? page : path.posix.normalize(path.posix.join(path.posix.dirname(page), decodeURI(file)))
  const where = path.join(repository, linked)
  if (linked.startsWith('..') || !fs.existsSync(where)) throw new Error(`${page}: nothing is at ${href}`)
  if (fragment && linked.endsWith('.md') && !anchors(linked).has(decodeURI(fragment))) {
    throw new Error(`${page}: ${linked} has no heading for #${fragment}`)
  }
  const hash = fragment ? `#${fragment}` : ''
  if (file === '') return hash
  if (isPage(linked)) return route(linked) + hash
  return `${github}/${fs.statSync(where).isDirectory() ? 'tree' : 'blob'}/main/${linked}${hash}`
}

/** The path in the site of a page; folders have an index as they have on GitHub. */
export const route = page => '/' + page.replace(/(^|\/)README\.md$/, '$1').replace(/\.md$/, '.html')
