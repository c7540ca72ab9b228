// Hand a return file in, with progress (上传回盘文件).

import { carried } from '../api/client'
import { failedOf, unreachable } from '../api/problems'
import type { Proof, ReturnFile } from './batches'

const ADDRESS = '/api/v1/return-files/'

/** The record of the file, taken in or refused; thrown is what came to neither. */
export function upload(
  bank: string,
  file: File,
  proof: Proof,
  progress: (share: number) => void,
): Promise<ReturnFile> {
  return new Promise((resolve, reject) => {
    const form = new FormData()
    form.append('bank', bank)
    form.append('password', proof.password)
    form.append('code', proof.code)
    form.append('file', file)
    const call = new XMLHttpRequest()
    call.open('POST', ADDRESS)
    call.setRequestHeader('X-CSRFToken', carried())
    call.responseType = 'json'
    call.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    call.onerror = () => reject(unreachable(true))
    call.onload = () => {
      const body: unknown = call.response
      const recorded = body !== null && typeof body === 'object' && 'accepted' in body
      if (recorded) resolve(body as ReturnFile)
      else reject(failedOf(call.status, body))
    }
    call.send(form)
  })
}
